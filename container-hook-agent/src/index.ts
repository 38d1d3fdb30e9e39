export { createHookAgent } from "./agent.js";
export { withContext } from "./context.js";
export {
  addGoal,
  beginNode,
  close,
  completeAgent,
  completeRun,
  finalizeSession,
  flush,
  hookAgent,
  logAction,
  logResponse,
  node,
  pipeline,
  spawnAgent,
  startRun,
  testConnection,
  updateGoal,
  updateState,
} from "./environment-agent.js";
export { NotStored } from "./strict.js";
export type { Context } from "./context.js";
export type { Delivery, Finalization, HookAgent } from "./hook-agent.js";
export type { HookAgentOptions } from "./options.js";
export type { Pipeline, StageOptions } from "./pipeline.js";
export type { Answer, Reply } from "./retry-delay.js";
export type { NodeOptions, RunEnd, Runs, RunStart } from "./runs.js";
export type { Step } from "./step.js";
export type { Strict } from "./strict.js";
export type { Transport, TransportRequest } from "./transport.js";
