export { createHookAgent } from "./agent.js";
export {
  addGoal,
  close,
  completeAgent,
  finalizeSession,
  flush,
  logAction,
  logResponse,
  spawnAgent,
  testConnection,
  updateGoal,
  updateState,
} from "./environment-agent.js";
export type { Delivery, Finalization, HookAgent } from "./hook-agent.js";
export type { HookAgentOptions } from "./options.js";
export type { Answer, Reply } from "./retry-delay.js";
export type { Transport, TransportRequest } from "./transport.js";
