import { createHookAgent } from "./agent.js";
import { withContext } from "./context.js";
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

/** The same agent as an object, for those who hand it on. Its session's id, too, makes it when it is asked for. */
export const hookAgent: HookAgent = {
  get sessionId() {
    return agent().sessionId;
  },
  logAction,
  logResponse,
  updateState,
  addGoal,
  updateGoal,
  spawnAgent,
  completeAgent,
  startRun,
  node,
  beginNode,
  completeRun,
  withContext,
  pipeline,
  finalizeSession,
  testConnection,
  flush,
  close,
};
