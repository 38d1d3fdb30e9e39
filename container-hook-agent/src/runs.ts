import type { ClientEventType, CompleteRun, StartRun } from "session-protocol";
import { currentContext, withContext } from "./context.js";
import { fieldsOf, type Fields } from "./recording.js";
import { idPart } from "./record-calls.js";

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
  readonly input?: unknown;
  readonly metadata?: Fields;
}

export interface Runs {
  /** Answers the run's id. */
  startRun(run?: RunStart): string;
  /** Calls `work` as a step of a run, and records how long it took and what it answered or threw. Answers, or throws, the same. */
  node<T>(name: string, work: () => T, options?: NodeOptions): T;
  /** Answers the event's id. */
  completeRun(runId: string, end?: RunEnd): string;
}

export interface RunsOptions {
  readonly record: (type: ClientEventType, fields: Fields) => string;
  readonly newId: () => string;
  readonly now: () => number;
}

export function createRuns({ record, newId, now }: RunsOptions): Runs {
  return {
    startRun: (run) => {
      const { agentId = "main", runId: parentRunId } = currentContext();
      const fields = { agentId, ...(parentRunId && { parentRunId }), ...fieldsOf(run) };
      const runId = typeof run?.runId === "string" ? run.runId : `run-${newId()}`;
      record("execution_started", { ...fields, runId });
      return runId;
    },
    completeRun: (runId, end) => {
      const fields = { ...fieldsOf(end), status: end?.status ?? "completed", runId };
      const type = fields.status === "completed" ? "execution_completed" : "execution_failed";
      return record(type, { ...fields, ...("error" in fields && { error: messageOf(fields.error) }) });
    },
    node: (name, work, options = {}) => {
      const context = currentContext();
      const runId = options.runId ?? context.runId;
      if (runId === undefined) return work();
      const nodeId = options.nodeId ?? `${idPart(name)}-${newId().slice(-12)}`;
      const { nodeType = "function", input, metadata } = options;
      const parent = context.runId === runId ? context.nodeId : undefined;
      const about = { runId, nodeId, nodeType, name, ...(parent !== undefined && { parentNodeId: parent }) };
      const startedMs = now();
      const begin = { ...about, input, ...(metadata && { metadata }), startedAt: timeOf(startedMs) };
      return timed(
        () => withContext({ runId, nodeId }, work),
        () => record("node_executed", { ...begin, status: "running" }),
        (outcome, durationMs) => {
          // Not the clock's time, which may have been set back meanwhile.
          const completedAt = timeOf(startedMs + durationMs);
          record("node_executed", { ...begin, ...outcome, completedAt, durationMs });
        },
      );
    },
  };
}

/** Calls `work` between two records; it never notices. */
function timed<T>(
  work: () => T,
  before: () => void,
  after: (outcome: Fields, durationMs: number) => void,
): T {
  before();
  const startedMs = performance.now();
  const end = (outcome: Fields): void => {
    after(outcome, Math.round(performance.now() - startedMs));
  };
  const failed = (error: unknown): never => {
    end({ status: "failed", error: messageOf(error) });
    throw error;
  };
  try {
    const answer = work();
    if (!(answer instanceof Promise)) {
      end({ status: "completed", output: answer });
      return answer;
    }
    return answer.then((output: unknown) => {
      end({ status: "completed", output });
      return output;
    }, failed) as T;
  } catch (error) {
    return failed(error);
  }
}

export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message || error.name : String(error);
  } catch {
    return "an error that cannot be read";
  }
}

/** A broken clock must not break the host's own work. */
function timeOf(ms: number): string | undefined {
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
