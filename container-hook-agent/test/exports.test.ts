import { expect, it } from "vitest";
import * as hookAgent from "../src/index.js";

it("exports these names and no others", () => {
  expect(Object.keys(hookAgent).sort()).toEqual([
    "addGoal",
    "close",
    "completeAgent",
    "createHookAgent",
    "finalizeSession",
    "flush",
    "logAction",
    "logResponse",
    "spawnAgent",
    "testConnection",
    "updateGoal",
    "updateState",
  ]);
});

it("gives an agent object the same calls as the module", () => {
  const agent = hookAgent.createHookAgent({ warn: () => undefined }, {});
  const calls = Object.keys(hookAgent).filter((name) => name !== "createHookAgent");
  expect(Object.keys(agent).sort()).toEqual([...calls, "sessionId"].sort());
});
