import fc from "fast-check";
import { Action } from "session-protocol";
import { describe, expect, it } from "vitest";
import { isPlainAction } from "../../src/http/commands.js";

const ids = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,9}$/),
  fc.constantFrom("x".repeat(128), "x".repeat(129)),
  fc.constantFrom("active", "a..b", "a.b", ".", "a\n", null, 1),
  fc.string(),
);
const texts = fc.oneof(fc.string(), fc.constantFrom("", "x".repeat(128), "x".repeat(257), null, 1));
const actions = fc.record(
  { type: texts, id: texts, agentId: ids, runId: ids, nodeId: ids, more: fc.jsonValue() },
  { requiredKeys: [] },
);

describe("an action that looks plain", () => {
  it("is taken by the schema", () => {
    fc.assert(
      fc.property(actions, (action) => {
        expect(!isPlainAction(action) || Action.safeParse(action).success).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    [{ type: "tool_call" }, true],
    [{ type: "tool_call", agentId: "agent-1", runId: "run_1", nodeId: "N2", id: "e 1" }, true],
    [{}, false],
    [{ type: "" }, false],
    [{ type: "t", runId: "active" }, false],
    [{ type: "t", agentId: "a..b" }, false],
    [{ type: "t", agentId: "a\n" }, false],
  ])("%j: %s", (action, plain) => {
    expect(isPlainAction(action)).toBe(plain);
  });
});
