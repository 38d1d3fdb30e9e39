import fc from "fast-check";
import { applyPatch } from "rfc6902";
import { expect, it } from "vitest";
import { JsonPatch, type JsonObject, type State } from "session-protocol";
import { foldAll } from "./support/fold-all.js";
import { comparison } from "../src/http/state-diff.js";
import { created, stored } from "./support/events.js";

const key = fc.constantFrom("a", "b", "phase", "", "a/b", "~1", "0");
const patch = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
/** Lists around the length from which they are compared place by place. */
const list = fc.array(fc.oneof(fc.nat(3), fc.record({ id: fc.nat(3), own: fc.nat(3) })), {
  maxLength: 70,
  size: "max",
});

function stateAfter(...patches: readonly JsonObject[]): State {
  const events = patches.map((data, index) => stored({ seq: index + 2, type: "state_updated", data }));
  return foldAll([created(), ...events])?.state as State;
}

function reaches(before: State, after: State): void {
  const operations = comparison(before, after);
  expect(JsonPatch.safeParse(operations).success).toBe(true);
  const patched = structuredClone(before);
  expect(applyPatch(patched, operations).filter((error) => error !== null)).toEqual([]);
  expect(patched).toEqual(after);
}

it("leads from any state to any other, as a JSON Patch", () => {
  fc.assert(
    fc.property(fc.array(patch, { maxLength: 3 }), fc.array(patch, { maxLength: 3 }), (first, more) => {
      reaches(stateAfter(...first), stateAfter(...first, ...more));
      reaches(stateAfter(...first, ...more), stateAfter(...first));
    }),
    { numRuns: 300 },
  );
});

it("leads from any list to any other, however long they are", () => {
  fc.assert(
    fc.property(list, list, (errors, later) => {
      reaches(stateAfter({ errors }), stateAfter({ errors: later }));
    }),
    { numRuns: 100 },
  );
});

it("is nothing where nothing changed", () => {
  fc.assert(
    fc.property(patch, (one) => {
      expect(comparison(stateAfter(one), stateAfter(one))).toEqual([]);
    }),
  );
});
