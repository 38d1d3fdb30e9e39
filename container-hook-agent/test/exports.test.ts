import { expect, it } from "vitest";
import * as hookAgent from "../src/index.js";

it("exports these names and no others", () => {
  expect(Object.keys(hookAgent).sort()).toEqual([
    "NotStored",
    "addGoal",
    "beginNode",
    "close",
    "completeAgent",
    "completeRun",
    "createHookAgent",
    "finalizeSession",
    "flush",
    "logAction",
    "logResponse",
    "node",
    "pipeline",
    "spawnAgent",
    "startRun",
    "testConnection",
    "updateGoal",
    "updateState",
    "withContext",
  ]);
});

it("gives an agent object the same calls as the module", () => {
  const agent = hookAgent.createHookAgent({ warn: () => undefined }, {});
  const calls = Object.keys(hookAgent).filter((name) => !["createHookAgent", "NotStored"].includes(name));
  expect(Object.keys(agent).sort()).toEqual([...calls, "sessionId"].sort());
});
