import type { EventType, JsonObject } from "session-protocol";
import type { Around, Command, Decision, MakeId } from "./decide.js";
import { InvalidRequest, RunClosed, RunNotFound, TooManyNodes, TooManyRuns } from "./errors.js";
import { withFields } from "./kept-text.js";
import { openRun, totalsOf, type OpenRun } from "./runs.js";
import type { Session } from "./session.js";

/** How much a session's open runs may take of memory, and of its `runs.json`. */
const MAX_OPEN_RUNS = 10_000;
const MAX_OPEN_NODES = 100_000;

export function runStarted(session: Session, command: Command, makeId: MakeId, around: Around): Decision {
  const { runId } = command.data;
  const existing = openRun(session.runs, runId)?.seq ?? endedSeq(around, runId);
  if (existing !== undefined) return { existing };
  if (session.runs.open.size >= MAX_OPEN_RUNS) throw new TooManyRuns(MAX_OPEN_RUNS);
  const id = command.id ?? makeId();
  const kept = runId == null ? withFields(command, { runId: `run-${makeId()}` }) : command;
  return { events: [{ type: "execution_started", id, data: kept.data, raw: kept.raw }] };
}

export function nodeExecuted(session: Session, command: Command, makeId: MakeId, around: Around): Decision {
  const run = requireOpen(session, command, around);
  const isNew = !run.nodes.has(String(command.data.nodeId));
  if (isNew && session.runs.nodeCount >= MAX_OPEN_NODES) throw new TooManyNodes(MAX_OPEN_NODES);
  const { data, raw } = command;
  refuseBackwards(run, data);
  return { events: [{ type: "node_executed", id: command.id ?? makeId(), data, raw }] };
}

/** Within one event the schema has seen to it. */
function refuseBackwards({ nodeStarts }: OpenRun, { nodeId, startedAt, completedAt }: JsonObject): void {
  const began = startedAt ?? nodeStarts.get(String(nodeId));
  if (typeof began !== "string" || typeof completedAt !== "string") return;
  if (Date.parse(completedAt) >= Date.parse(began)) return;
  throw InvalidRequest.at("completedAt", `is before the node's startedAt, ${began}`);
}

/** The event that ends a run says what it came to, so that nobody has to add it up again. */
export function runEnded(session: Session, command: Command, makeId: MakeId, around: Around): Decision {
  const run = requireOpen(session, command, around);
  const type = command.type as Extract<EventType, "execution_completed" | "execution_failed">;
  const status = command.data.status ?? (type === "execution_completed" ? "completed" : "failed");
  const withStatus = command.data.status === status ? command : withFields(command, { status });
  const { data, raw } = withFields(withStatus, {
    totals: totalsOf(run, around.timestamp, command.data),
  });
  return { events: [{ type, id: command.id ?? makeId(), data, raw }] };
}

function requireOpen(session: Session, { data: { runId } }: Command, around: Around): OpenRun {
  const run = openRun(session.runs, runId);
  if (run !== undefined) return run;
  if (endedSeq(around, runId) !== undefined) throw new RunClosed(String(runId));
  throw new RunNotFound(String(runId));
}

function endedSeq({ endedRuns }: Around, runId: unknown): number | undefined {
  return typeof runId === "string" ? endedRuns?.get(runId) : undefined;
}

/** A response that says what was used of which model, but not what it cost, gets an estimate. */
export function priced(session: Session, command: Command, { costOf }: Around): Command {
  const { usage, costUsd, model, runId } = command.data;
  if (usage == null || costUsd != null) return command;
  const used = model ?? openRun(session.runs, runId)?.model ?? session.profile.model;
  const cost = typeof used === "string" ? costOf(used, usage as JsonObject) : undefined;
  return cost === undefined
    ? command
    : { ...command, ...withFields(command, { costUsd: cost, estimated: true }) };
}
