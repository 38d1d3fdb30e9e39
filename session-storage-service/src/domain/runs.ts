import type { JsonObject, NodeStatus, TokenUsage } from "session-protocol";
import { PersistentMap } from "./persistent-map.js";
import type { FoldableEvent } from "./session.js";
import { addCost, addUsage, isEstimated, NO_TOKENS } from "./totals.js";

/** A run that has not ended. Its input stays in the event that began it, which may be large. */
export interface OpenRun {
  readonly runId: string;
  readonly agentId: string;
  readonly flow: string | null;
  readonly role: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly taskId: string | null;
  readonly ttlDays: number | null;
  /** Of the event that began it. */
  readonly seq: number;
  readonly startedAt: string;
  /** The time its sender has stamped on that event. */
  readonly sentAt: string | null;
  /** When its session ended under it; null again with its next event. */
  readonly interruptedAt: string | null;
  readonly nodes: PersistentMap<NodeStatus>;
  /** When nodes that are running began, of those whose sender has said so. */
  readonly nodeStarts: PersistentMap<string>;
  /** Steps, and calls by the ids that steps have of them, that were told to have failed. */
  readonly failed: PersistentMap<true>;
  readonly failedNodes: number;
  readonly activityCount: number;
  readonly tokenUsage: TokenUsage;
  readonly costUsd: number;
  readonly estimated: boolean;
}

/** A session's open runs. Immutable: an older value stays valid while newer ones are made. */
export interface OpenRuns {
  readonly open: PersistentMap<OpenRun>;
  /** Of all open runs together. */
  readonly nodeCount: number;
  /** Of the last event that changed anything here; 0 while there was none. */
  readonly seq: number;
}

export const NO_RUNS: OpenRuns = { open: PersistentMap.empty(), nodeCount: 0, seq: 0 };

/** What a run came to, kept with the event that ends it. */
export interface RunTotals {
  readonly startedAt: string;
  readonly durationMs: number;
  readonly nodeCount: number;
  readonly failedNodes: number;
  readonly activityCount: number;
  readonly tokenUsage: TokenUsage;
  readonly costUsd: number;
  readonly estimated: boolean;
}

/** The totals of a run that ends at `timestamp`. `end` is what its sender says of that. */
export function totalsOf(run: OpenRun, timestamp: string, end: JsonObject = {}): RunTotals {
  const { startedAt, nodes, failedNodes, activityCount, tokenUsage, costUsd, estimated } = run;
  const durationMs = durationOf(run, timestamp, end);
  const nodeCount = nodes.size;
  return { startedAt, durationMs, nodeCount, failedNodes, activityCount, tokenUsage, costUsd, estimated };
}

/**
 * As the sender has measured it, else between the times it has stamped on the run's ends, else between those at which
 * they were stored: what waited on a sender's disk is stored at once. Never negative, though a clock went back.
 */
function durationOf({ startedAt, sentAt }: OpenRun, timestamp: string, end: JsonObject): number {
  if (typeof end.durationMs === "number") return end.durationMs;
  const sentMs = Date.parse(String(end.timestamp)) - Date.parse(String(sentAt));
  return sentMs >= 0 ? sentMs : Math.max(0, Date.parse(timestamp) - Date.parse(startedAt));
}

export function startRun(runs: OpenRuns, { seq, timestamp, data }: FoldableEvent): OpenRuns {
  const run: OpenRun = {
    ...descriptionOf(data),
    seq,
    startedAt: timestamp,
    sentAt: instantOf(data.timestamp),
    interruptedAt: null,
    nodes: PersistentMap.empty(),
    nodeStarts: PersistentMap.empty(),
    failed: PersistentMap.empty(),
    failedNodes: 0,
    activityCount: 0,
    tokenUsage: NO_TOKENS,
    costUsd: 0,
    estimated: false,
  };
  return { ...runs, open: runs.open.set(run.runId, run), seq };
}

type Description = Pick<
  OpenRun,
  "runId" | "agentId" | "flow" | "role" | "provider" | "model" | "taskId" | "ttlDays"
>;

/** What the event that began a run says about it. */
export function descriptionOf(data: JsonObject): Description {
  const { runId, agentId, flow, role, provider, model, taskId, ttlDays } = data;
  return {
    runId: String(runId),
    agentId: String(agentId),
    flow: textOf(flow),
    role: textOf(role),
    provider: textOf(provider),
    model: textOf(model),
    taskId: textOf(taskId),
    ttlDays: typeof ttlDays === "number" ? ttlDays : null,
  };
}

/** A sender's own time, in one form. */
export function instantOf(timestamp: unknown): string | null {
  const ms = typeof timestamp === "string" ? Date.parse(timestamp) : NaN;
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

export function openRun({ open }: OpenRuns, runId: unknown): OpenRun | undefined {
  return typeof runId === "string" ? open.get(runId) : undefined;
}

/** Undefined where the failure of this step, or of the call that it is, is known. */
export function withFailure(runs: OpenRuns, { type, seq, data }: FoldableEvent): OpenRuns | undefined {
  const part = type === "node_executed" ? data.nodeId : type === "action" ? data.toolUseId : undefined;
  const run = openRun(runs, data.runId);
  if (run === undefined || typeof part !== "string") return runs;
  if (run.failed.has(part)) return undefined;
  return withRun(runs, seq, { ...run, failed: run.failed.set(part, true) });
}

/** A node that is repeated has its newest status. */
export function updateNode(runs: OpenRuns, { seq, data }: FoldableEvent): OpenRuns {
  const run = openRun(runs, data.runId);
  if (run === undefined) return runs;
  const nodeId = String(data.nodeId);
  const status = data.status as NodeStatus;
  const nodes = run.nodes.set(nodeId, status);
  const failedNodes = run.failedNodes + failures(status) - failures(run.nodes.get(nodeId));
  const nodeCount = runs.nodeCount + nodes.size - run.nodes.size;
  const nodeStarts = withStart(run.nodeStarts, nodeId, status, data.startedAt);
  return {
    ...withRun(runs, seq, { ...run, nodes, nodeStarts, failedNodes, interruptedAt: null }),
    nodeCount,
  };
}

function withStart(
  starts: PersistentMap<string>,
  nodeId: string,
  status: NodeStatus,
  startedAt: unknown,
): PersistentMap<string> {
  if (status !== "running") return starts.delete(nodeId);
  return typeof startedAt === "string" ? starts.set(nodeId, startedAt) : starts;
}

const failures = (status: NodeStatus | undefined): number => (status === "failed" ? 1 : 0);

export function endRun(runs: OpenRuns, { seq, data }: FoldableEvent): OpenRuns {
  const run = openRun(runs, data.runId);
  if (run === undefined) return runs;
  return { open: runs.open.delete(run.runId), nodeCount: runs.nodeCount - run.nodes.size, seq };
}

/** An action or a response of a run; one that names no open run changes nothing. */
export function countActivity(runs: OpenRuns, { type, seq, data }: FoldableEvent): OpenRuns {
  const run = openRun(runs, data.runId);
  if (run === undefined) return runs;
  const counted = { ...run, activityCount: run.activityCount + 1, interruptedAt: null };
  if (type === "action") return withRun(runs, seq, counted);
  return withRun(runs, seq, {
    ...counted,
    tokenUsage: addUsage(run.tokenUsage, data.usage),
    costUsd: addCost(run.costUsd, data.costUsd),
    estimated: run.estimated || isEstimated(data),
  });
}

/** The session has ended: none of its runs is running any more. */
export function interruptRuns(runs: OpenRuns, { seq, timestamp }: FoldableEvent): OpenRuns {
  let { open } = runs;
  for (const [runId, run] of runs.open.entries()) {
    if (run.interruptedAt === null) open = open.set(runId, { ...run, interruptedAt: timestamp });
  }
  return open === runs.open ? runs : { ...runs, open, seq };
}

function withRun(runs: OpenRuns, seq: number, run: OpenRun): OpenRuns {
  return { ...runs, open: runs.open.set(run.runId, run), seq };
}
