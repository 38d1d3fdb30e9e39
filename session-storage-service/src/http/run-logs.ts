import type { JsonObject, LoggedNode, NodeStatus, RunLogs, RunSummary } from "session-protocol";
import { happenedAtMs } from "session-protocol/reading";
import { RunNotFound, SessionNotFound } from "../domain/errors.js";
import type { FoundRun, HeldEvents, History } from "../domain/reading.js";
import { durationText } from "./duration-text.js";
import { messageOf } from "./error-message.js";

/** So many nodes, or so many characters of them, are held in memory at once. */
const GROUP_NODES = 1_000;
const GROUP_CHARS = 8 * 1_024 * 1_024;
const MAX_ERRORS = 1_000;
const DAY_MS = 86_400_000;

/** Where the events of nodes that follow one another are. */
interface NodeGroup {
  readonly nodeIds: Set<string>;
  readonly firstSeq: number;
  lastSeq: number;
  chars: number;
}

/** A node's event. */
interface Step {
  readonly seq: number;
  readonly chars: number;
  readonly timestamp: string;
  readonly data: JsonObject;
}

const SHOWN = [
  "name",
  "nodeType",
  "parentNodeId",
  "input",
  "output",
  "startedAt",
  "completedAt",
  "durationMs",
  "status",
  "error",
  "metadata",
] as const;

/** A node as its events so far tell it. */
interface ToldNode {
  readonly fields: JsonObject;
  /** When its first event happened, and the last one where there are more. */
  readonly firstAt: string;
  readonly updatedAt: string | undefined;
}

/**
 * The answer in pieces. A node may be told of again long after it was first seen, so the run's events are
 * read twice: to see where each group of nodes is, and group by group to show them.
 * @throws RunNotFound where its time was over before it was read
 */
export async function* runLogs(history: Pick<History, "hold">, run: FoundRun): AsyncGenerator<Buffer> {
  const held = await history.hold(run.summary.sessionId).catch((error: unknown) => {
    throw error instanceof SessionNotFound ? new RunNotFound(run.summary.runId) : error;
  });
  try {
    await requireContent(held, run);
    yield* piecesOf(held, run);
  } finally {
    await held.close();
  }
}

async function requireContent(held: HeldEvents, { startSeq, summary }: FoundRun): Promise<void> {
  for await (const [start] of held.events({ after: startSeq - 1, upTo: startSeq })) {
    if (start !== undefined && (JSON.parse(start.text) as { expired?: true }).expired !== true) return;
  }
  throw new RunNotFound(summary.runId);
}

async function* piecesOf(held: HeldEvents, run: FoundRun): AsyncGenerator<Buffer> {
  const { summary } = run;
  const errors: RunLogs["errors"] = [];
  yield Buffer.from(`{"runId":${JSON.stringify(summary.runId)},"nodes":[`);
  let separator = "";
  let successfulNodes = 0;
  for (const group of await groupsOf(held, run)) {
    const nodes = await nodesOf(held, run, group);
    for (const node of nodes) {
      if (node.status === "completed") successfulNodes += 1;
      if (node.status === "failed" && errors.length < MAX_ERRORS) errors.push(errorOf(node));
    }
    yield Buffer.from(separator + nodes.map((node) => JSON.stringify(node)).join(","));
    separator = ",";
  }
  if (summary.error !== null) errors.push({ nodeId: null, message: messageOf(summary.error) });
  yield Buffer.from(`],${JSON.stringify(ending(summary, errors, successfulNodes)).slice(1)}`);
}

function ending(
  { output, durationMs, nodeCount, failedNodes, tokensUsed, costCents }: RunSummary,
  errors: RunLogs["errors"],
  successfulNodes: number,
): Omit<RunLogs, "runId" | "nodes"> {
  const totalDuration = durationMs === null ? null : durationText(durationMs, "tenths");
  return {
    errors,
    finalOutput: output,
    summary: { totalNodes: nodeCount, successfulNodes, failedNodes, totalDuration, tokensUsed, costCents },
  };
}

function errorOf({ id, errorMessage }: LoggedNode): RunLogs["errors"][number] {
  return { nodeId: id, message: errorMessage ?? "failed" };
}

async function* stepsOf(
  held: HeldEvents,
  { summary: { runId } }: FoundRun,
  after: number,
  upTo: number,
): AsyncGenerator<Step> {
  const selection = { after, upTo, runId, types: ["node_executed"] as const };
  for await (const texts of held.events(selection)) {
    for (const { seq, text } of texts) {
      const event = JSON.parse(Buffer.from(text, "latin1").toString("utf8")) as Step;
      yield { seq, chars: text.length, timestamp: event.timestamp, data: event.data };
    }
  }
}

/** Groups in the order their nodes were first seen. */
async function groupsOf(held: HeldEvents, run: FoundRun): Promise<NodeGroup[]> {
  const groups: NodeGroup[] = [];
  const byNode = new Map<string, NodeGroup>();
  for await (const { seq, chars, data } of stepsOf(held, run, run.startSeq, run.endSeq ?? Infinity)) {
    const nodeId = String(data.nodeId);
    let group = byNode.get(nodeId) ?? groups.at(-1);
    const isFull = group === undefined || group.nodeIds.size >= GROUP_NODES || group.chars >= GROUP_CHARS;
    if (group === undefined || (isFull && !byNode.has(nodeId))) {
      group = { nodeIds: new Set(), firstSeq: seq, lastSeq: seq, chars: 0 };
      groups.push(group);
    }
    group.nodeIds.add(nodeId);
    group.lastSeq = seq;
    group.chars += chars;
    byNode.set(nodeId, group);
  }
  return groups;
}

async function nodesOf(held: HeldEvents, run: FoundRun, group: NodeGroup): Promise<LoggedNode[]> {
  const told = new Map<string, ToldNode>();
  for await (const step of stepsOf(held, run, group.firstSeq - 1, group.lastSeq)) {
    const nodeId = String(step.data.nodeId);
    if (group.nodeIds.has(nodeId)) told.set(nodeId, withStep(told.get(nodeId), step));
  }
  return [...told].map(([nodeId, node]) => nodeOf(nodeId, node));
}

/** What a later event does not say stays as it was. */
function withStep(node: ToldNode | undefined, { timestamp, data }: Step): ToldNode {
  const fields = { ...node?.fields };
  for (const name of SHOWN) if (data[name] != null) fields[name] = data[name];
  const at = new Date(happenedAtMs(Date.parse(timestamp), data.timestamp)).toISOString();
  return { fields, firstAt: node?.firstAt ?? at, updatedAt: node && at };
}

function nodeOf(id: string, told: ToldNode): LoggedNode {
  const node = told.fields;
  const durationMs = durationOf(told);
  return {
    id,
    name: typeof node.name === "string" ? node.name : null,
    type: String(node.nodeType),
    parentId: typeof node.parentNodeId === "string" ? node.parentNodeId : null,
    input: node.input ?? null,
    output: node.output ?? null,
    startedAt: startOf(told, durationMs),
    time: durationMs === null ? null : durationText(durationMs),
    durationMs,
    status: node.status as NodeStatus,
    errorMessage: node.error === undefined ? null : messageOf(node.error),
    metadata: node.metadata ?? null,
  };
}

function startOf({ fields, firstAt, updatedAt }: ToldNode, durationMs: number | null): string {
  if (typeof fields.startedAt === "string" && !isAhead(fields.startedAt, firstAt)) return fields.startedAt;
  const startMs = Date.parse(firstAt) - (updatedAt === undefined ? (durationMs ?? 0) : 0);
  // What is said to have begun before 1970 may be before any time there is.
  return startMs >= 0 ? new Date(startMs).toISOString() : firstAt;
}

/** A clock that says so is not one that differs a little: beside the others nothing else could be seen of the run. */
function isAhead(startedAt: string, firstAt: string): boolean {
  return Date.parse(startedAt) > Date.parse(firstAt) + DAY_MS;
}

/** As sent, else by the times that were sent, else by when its end came after its beginning. */
function durationOf({ fields, firstAt, updatedAt }: ToldNode): number | null {
  const { durationMs, startedAt, completedAt, status } = fields;
  if (typeof durationMs === "number") return durationMs;
  if (status === "running") return null;
  return span(startedAt, completedAt) ?? span(firstAt, updatedAt);
}

function span(from: unknown, to: unknown): number | null {
  if (typeof from !== "string" || typeof to !== "string") return null;
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
