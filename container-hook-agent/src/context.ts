import { AsyncLocalStorage } from "node:async_hooks";

/** Whose work is being done. What is recorded meanwhile is marked with it, unless it says otherwise itself. */
export interface Context {
  readonly agentId?: string | undefined;
  readonly runId?: string | undefined;
  readonly nodeId?: string | undefined;
}

const storage = new AsyncLocalStorage<Context>();
const NONE: Context = {};

export const currentContext = (): Context => storage.getStore() ?? NONE;

/** Calls `work` with `context` on top of the current one, for as long as the work lasts, across awaits. */
export function withContext<T>(context: Context, work: () => T): T {
  return storage.run({ ...currentContext(), ...context }, work);
}
