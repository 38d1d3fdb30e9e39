import { createHookAgent } from "./agent.js";
import type { HookAgent } from "./hook-agent.js";

let shared: HookAgent | undefined;

/** The agent the environment describes, made at the first call: importing this package does nothing. */
const agent = (): HookAgent => (shared ??= createHookAgent());

type Call = (...given: never[]) => unknown;

/** The method of that name, as a function. */
function bound<Name extends Exclude<keyof HookAgent, "sessionId">>(name: Name): HookAgent[Name] {
  const call = (...given: never[]): unknown => {
    const shared = agent();
    return (shared[name] as Call).apply(shared, given);
  };
  return call as HookAgent[Name];
}

export const logAction = bound("logAction");
export const logResponse = bound("logResponse");
export const updateState = bound("updateState");
export const addGoal = bound("addGoal");
export const updateGoal = bound("updateGoal");
export const spawnAgent = bound("spawnAgent");
export const completeAgent = bound("completeAgent");
export const startRun = bound("startRun");
export const node = bound("node");
export const beginNode = bound("beginNode");
export const completeRun = bound("completeRun");
export const pipeline = bound("pipeline");
export const finalizeSession = bound("finalizeSession");
export const testConnection = bound("testConnection");
export const flush = bound("flush");
export const close = bound("close");
