import { types } from "node:util";
import type { ClientEventType, CompleteRun, StartRun } from "session-protocol";
import { currentContext, withContext } from "./context.js";
import { fieldsOf, type Fields } from "./recording.js";
import { idPart } from "./record-calls.js";
import { beginStep, messageOf, type Step, type StepStart } from "./step.js";

/** One execution of an agent; without `agentId` of the context's, else of `main`. Further fields are kept as given. */
export type RunStart = Partial<StartRun>;

/** Without `status` it is completed. */
export type RunEnd = Partial<CompleteRun>;

export interface NodeOptions {
  /** The context's if absent. */
  readonly runId?: string;
  /** Made from the name if absent. */
  readonly nodeId?: string;
  /** Default `function`. */
  readonly nodeType?: string;
  /** The context's node if absent and of the same run. */
  readonly parentNodeId?: string;
  readonly input?: unknown;
  readonly metadata?: Fields;
}

export interface Runs {
  /** Answers the run's id. */
  startRun(run?: RunStart): string;
  /** Calls `work` as a step of a run, and records how long it took and what it answered or threw. Answers, or throws, the same. */
  node<T>(name: string, work: () => T, options?: NodeOptions): T;
  /** The same for a step that is told of in two calls, such as by a library's callbacks. */
  beginNode(name: string, runId: string, options?: Omit<NodeOptions, "runId">): Step;
  /** Answers the event's id. */
  completeRun(runId: string, end?: RunEnd): string;
}

export interface RunsOptions {
  readonly record: (type: ClientEventType, fields: Fields) => string;
  readonly newId: () => string;
  readonly now: () => number;
}

export function createRuns(options: RunsOptions): Runs {
  const { record, newId } = options;
  const beginNode: Runs["beginNode"] = (name, runId, given) =>
    beginStep(options, stepOf(name, runId, fieldsOf(given), newId));
  return {
    startRun: (run) => {
      const { agentId = "main", runId: parentRunId } = currentContext();
      const fields: Fields = { agentId, ...(parentRunId && { parentRunId }), ...fieldsOf(run) };
      const runId = typeof fields.runId === "string" ? fields.runId : `run-${newId()}`;
      record("execution_started", { ...fields, runId });
      return runId;
    },
    completeRun: (runId, end) => {
      const given = fieldsOf(end);
      const fields: Fields = { ...given, status: given.status ?? "completed", runId };
      const type = fields.status === "completed" ? "execution_completed" : "execution_failed";
      return record(type, { ...fields, ...("error" in fields && { error: messageOf(fields.error) }) });
    },
    beginNode,
    node: (name, work, given) => {
      const { runId = currentContext().runId }: NodeOptions = fieldsOf(given);
      if (runId === undefined) return work();
      const step = beginNode(name, runId, given);
      return within(step, () => withContext({ runId, nodeId: step.nodeId }, work));
    },
  };
}

/** A step of the run whose context this is stands below that context's own. */
function stepOf(
  name: string,
  runId: string,
  { parentNodeId, nodeId, nodeType = "function", input, metadata }: NodeOptions,
  newId: () => string,
): StepStart {
  const context = currentContext();
  const parent = parentNodeId ?? (context.runId === runId ? context.nodeId : undefined);
  return {
    runId,
    nodeId: nodeId ?? `${idPart(name)}-${newId().slice(-12)}`,
    nodeType,
    name,
    ...(parent !== undefined && { parentNodeId: parent }),
    input,
    ...(metadata && { metadata }),
  };
}

/** Calls `work` as a step; it never notices. */
function within<T>(step: Step, work: () => T): T {
  const failed = (error: unknown): never => {
    step.fail(error);
    throw error;
  };
  try {
    const answer = work();
    // Also one of another realm, as under a test runner that gives each test a context of its own.
    if (!types.isPromise(answer)) {
      step.complete(answer);
      return answer;
    }
    return answer.then((output: unknown) => {
      step.complete(output);
      return output;
    }, failed) as T;
  } catch (error) {
    return failed(error);
  }
}
