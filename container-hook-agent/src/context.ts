import { AsyncLocalStorage } from "node:async_hooks";

/** Whose work is being done. What is recorded meanwhile is marked with it, unless it says otherwise itself. */
export interface Context {
  readonly agentId?: string | undefined;
  readonly runId?: string | undefined;
  readonly nodeId?: string | undefined;
}

/** The context of a step that a library calls which has contexts of its own: the same object for the same step. */
export type StepSource = () => Context | undefined;

interface Entered {
  readonly context: Context;
  /** The library's step this was entered in. Inside another one, that one is the inner of the two. */
  readonly step: Context | undefined;
}

const storage = new AsyncLocalStorage<Entered>();
const NONE: Context = {};
let currentStep: StepSource = () => undefined;

/** From now on the steps of a library count as contexts, too. */
export function contextsFrom(source: StepSource): void {
  currentStep = source;
}

export function currentContext(): Context {
  const entered = storage.getStore();
  const step = currentStep();
  return step === undefined || step === entered?.step ? (entered?.context ?? step ?? NONE) : step;
}

/** Calls `work` with `context` on top of the current one, for as long as the work lasts, across awaits. */
export function withContext<T>(context: Context, work: () => T): T {
  return storage.run({ context: onTop(context, currentContext()), step: currentStep() }, work);
}

/** A node belongs to its run: in another run it is none. */
function onTop(given: Context, current: Context): Context {
  const isOtherRun = given.runId !== undefined && given.runId !== current.runId;
  return { ...current, ...(isOtherRun && { nodeId: undefined }), ...given };
}
