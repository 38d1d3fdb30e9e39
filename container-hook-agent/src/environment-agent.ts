import { createHookAgent } from "./agent.js";
import type { HookAgent } from "./hook-agent.js";

let shared: HookAgent | undefined;

/** The agent the environment describes, made at the first call: importing this package does nothing. */
const agent = (): HookAgent => (shared ??= createHookAgent());

export const logAction: HookAgent["logAction"] = (...given) => agent().logAction(...given);
export const logResponse: HookAgent["logResponse"] = (...given) => agent().logResponse(...given);
export const updateState: HookAgent["updateState"] = (...given) => agent().updateState(...given);
export const addGoal: HookAgent["addGoal"] = (...given) => agent().addGoal(...given);
export const updateGoal: HookAgent["updateGoal"] = (...given) => agent().updateGoal(...given);
export const spawnAgent: HookAgent["spawnAgent"] = (...given) => agent().spawnAgent(...given);
export const completeAgent: HookAgent["completeAgent"] = (...given) => agent().completeAgent(...given);
export const finalizeSession: HookAgent["finalizeSession"] = (...given) => agent().finalizeSession(...given);
export const testConnection: HookAgent["testConnection"] = (...given) => agent().testConnection(...given);
export const flush: HookAgent["flush"] = (...given) => agent().flush(...given);
export const close: HookAgent["close"] = (...given) => agent().close(...given);
