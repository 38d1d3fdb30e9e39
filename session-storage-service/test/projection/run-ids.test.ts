import { expect, it } from "vitest";
import { RUN_IDS_BYTES, RunIds } from "../../src/projection/run-ids.js";

const numbered = (kind: string) => Array.from({ length: 20_000 }, (_, number) => `${kind}-${String(number)}`);

it("holds every id it was given, to both who share its memory, and hardly any other", () => {
  const shared = new SharedArrayBuffer(RUN_IDS_BYTES);
  const writer = new RunIds(shared);
  const reader = new RunIds(shared);
  for (const runId of numbered("run")) writer.add(runId);
  expect(numbered("run").filter((runId) => !reader.mayHold(runId))).toEqual([]);
  expect(numbered("other").filter((runId) => reader.mayHold(runId)).length).toBeLessThan(20);
});

it("holds nothing of its own", () => {
  const runIds = new RunIds(new SharedArrayBuffer(RUN_IDS_BYTES));
  expect(["", "a", "Ü", "x".repeat(128)].some((runId) => runIds.mayHold(runId))).toBe(false);
});
