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
    "hookAgent",
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

const calls = Object.keys(hookAgent).filter(
  (name) => !["createHookAgent", "hookAgent", "NotStored"].includes(name),
);

it("gives an agent object the same calls as the module", () => {
  const agent = hookAgent.createHookAgent({ warn: () => undefined }, {});
  expect(Object.keys(agent).sort()).toEqual([...calls, "sessionId"].sort());
});

it("gives the environment's agent as an object, of which the calls of the module are the methods", () => {
  const { sessionId: _, ...methods } = Object.getOwnPropertyDescriptors(hookAgent.hookAgent);
  expect(Object.keys(methods).sort()).toEqual([...calls].sort());
  for (const [name, { value }] of Object.entries(methods))
    expect(value).toBe(hookAgent[name as keyof typeof hookAgent]);
});
