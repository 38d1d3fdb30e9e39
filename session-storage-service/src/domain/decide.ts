import type { ClientEventType, EventType, JsonObject, MetadataPatch, SessionStatus } from "session-protocol";
import { nodeExecuted, priced, runEnded, runStarted } from "./decide-runs.js";
import { AgentNotFound, GoalNotFound, IllegalTransition, SessionClosed, VersionMismatch } from "./errors.js";
import type { NewEvent } from "./events.js";
import type { CostOf } from "./prices.js";
import { namesVersion } from "./if-match.js";
import type { Session } from "./session.js";
import { hasEnded, isClosed, mayBecome } from "./status.js";

/** A wish to change a session, parsed. `raw` is `data` as sent, on one line. */
export interface Command {
  readonly type:
    | ClientEventType
    | "transcript_appended"
    | "resume"
    | "interrupt"
    | "subsession_linked"
    | "session_deleted";
  readonly id?: string | undefined;
  readonly data: JsonObject;
  readonly raw: string;
  /** The state version the sender saw; only for `state_updated`. */
  readonly ifMatch?: string | undefined;
}

/** What a command comes to: events to store, or the seq under which the same was stored before. */
export type Decision = { readonly events: readonly NewEvent[] } | { readonly existing: number };

export type MakeId = () => string;

/** What a decision goes by beside the session and the command. */
export interface Around {
  /** ISO 8601: when the events will be stored. */
  readonly timestamp: string;
  readonly costOf: CostOf;
  /** Runs of the session that are known to have ended, with the seqs they began under. */
  readonly endedRuns: ReadonlyMap<string, number> | undefined;
}

/**
 * The events a command adds to the session, or a refusal. Pure but for `makeId`.
 * @throws SessionClosed, IllegalTransition, GoalNotFound, AgentNotFound, RunNotFound, RunClosed, VersionMismatch
 */
export function decide(session: Session, command: Command, makeId: MakeId, around: Around): Decision {
  switch (command.type) {
    case "resume":
      return resumed(session, command, makeId);
    case "session_finalized":
      if (session.final !== null) return { existing: session.final.seq };
      break;
    case "metadata_updated":
      return metadataUpdated(session, command, makeId);
    case "subsession_linked":
      return subsessionLinked(session, command, makeId);
    case "session_deleted":
      return { events: [event("session_deleted", command, makeId)] };
    case "interrupt":
      return hasEnded(session.status)
        ? { events: [] }
        : { events: [event("session_interrupted", command, makeId)] };
    default:
  }
  refuseIfClosed(session);
  const decision = decideOpen(session, command, makeId, around);
  if ("existing" in decision || session.status !== "interrupted") return decision;
  return { events: [...reopening(session, makeId), ...decision.events] };
}

function decideOpen(session: Session, command: Command, makeId: MakeId, around: Around): Decision {
  switch (command.type) {
    case "response":
      return { events: [event("response", priced(session, command, around), makeId)] };
    case "goal_added":
      return goalAdded(session, command, makeId);
    case "goal_updated":
      requireGoal(session, command.data.goalId);
      break;
    case "agent_spawned":
      return agentSpawned(session, command, makeId);
    case "agent_completed":
      requireRunningAgent(session, command);
      break;
    case "execution_started":
      return runStarted(session, command, makeId, around);
    case "node_executed":
      return nodeExecuted(session, command, makeId, around);
    case "execution_completed":
    case "execution_failed":
      return runEnded(session, command, makeId, around);
    case "state_updated":
      requireVersion(session, command.ifMatch);
      break;
    default:
  }
  return { events: [event(command.type as EventType, command, makeId)] };
}

function event(type: EventType, { id, data, raw }: Command, makeId: MakeId): NewEvent {
  return { type, id: id ?? makeId(), data, raw };
}

function made(type: EventType, id: string, data: JsonObject): NewEvent {
  return { type, id, data, raw: JSON.stringify(data) };
}

function statusChange(from: SessionStatus, to: SessionStatus, id: string): NewEvent {
  return made("status_changed", id, { from, to });
}

/** An interrupted session is active again with its next event. */
function reopening(session: Session, makeId: MakeId): NewEvent[] {
  return session.status === "interrupted" ? [statusChange("interrupted", "active", makeId())] : [];
}

function refuseIfClosed(session: Session): void {
  if (isClosed(session.status)) throw new SessionClosed(session.sessionId, session.status);
}

function resumed(session: Session, { id }: Command, makeId: MakeId): Decision {
  if (!hasEnded(session.status)) return { events: [] };
  return { events: [statusChange(session.status, "active", id ?? makeId())] };
}

function metadataUpdated(session: Session, command: Command, makeId: MakeId): Decision {
  const { status, ...fields } = command.data as MetadataPatch;
  const changes = status !== undefined && status !== session.status;
  if (changes && !mayBecome(session.status, status)) {
    throw new IllegalTransition(`session ${session.sessionId}`, session.status, status);
  }
  const events: NewEvent[] = [];
  if (Object.keys(fields).length > 0) {
    refuseIfClosed(session);
    const interruptedNoMore = changes ? [] : reopening(session, makeId);
    const id = changes ? makeId() : (command.id ?? makeId());
    events.push(...interruptedNoMore, made("metadata_updated", id, fields));
  }
  if (changes) events.push(statusChange(session.status, status, command.id ?? makeId()));
  return { events };
}

function subsessionLinked({ profile }: Session, command: Command, makeId: MakeId): Decision {
  const listed = profile.subsessions.includes(command.data.subsession as string);
  return { events: listed ? [] : [event("metadata_updated", command, makeId)] };
}

function goalAdded(session: Session, command: Command, makeId: MakeId): Decision {
  const { goals } = session.state;
  const { id: sentId, status } = command.data;
  const existing = goals.find((goal) => goal.id === sentId);
  if (sentId != null && existing !== undefined) return { existing: seqOf(existing, session) };
  const complete = sentId != null && status != null;
  if (complete) return { events: [event("goal_added", command, makeId)] };
  const id = sentId ?? freeGoalId(goals);
  return {
    events: [
      made("goal_added", command.id ?? makeId(), { ...command.data, id, status: status ?? "pending" }),
    ],
  };
}

function freeGoalId(goals: readonly JsonObject[]): string {
  const used = new Set(goals.map((goal) => goal.id));
  let number = goals.length + 1;
  while (used.has(`goal-${String(number)}`)) number += 1;
  return `goal-${String(number)}`;
}

function agentSpawned(session: Session, command: Command, makeId: MakeId): Decision {
  const { agentId, type } = command.data;
  if (agentId == null) {
    const id = command.id ?? makeId();
    const prefix = String(type)
      .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
      .slice(0, 64);
    const generated = `agent-${prefix}-${makeId().slice(-12)}`;
    return { events: [made("agent_spawned", id, { ...command.data, agentId: generated })] };
  }
  const existing = session.state.agents.spawned.find((agent) => agent.agentId === agentId);
  if (existing !== undefined) return { existing: seqOf(existing, session) };
  return { events: [event("agent_spawned", command, makeId)] };
}

/** Records name the event that made them; one that a patch put there is as old as the state. */
function seqOf(record: JsonObject, session: Session): number {
  return typeof record.seq === "number" ? record.seq : session.state.seq;
}

function requireGoal(session: Session, goalId: unknown): void {
  if (!session.state.goals.some((goal) => goal.id === goalId)) throw new GoalNotFound(String(goalId));
}

function requireRunningAgent(session: Session, { data }: Command): void {
  const agent = session.state.agents.spawned.find((candidate) => candidate.agentId === data.agentId);
  if (agent === undefined) throw new AgentNotFound(String(data.agentId));
  if (agent.status !== "spawned") {
    throw new IllegalTransition(
      `agent ${agent.agentId}`,
      agent.status,
      data.status === "failed" ? "failed" : "completed",
    );
  }
}

function requireVersion(session: Session, ifMatch: string | undefined): void {
  const { version } = session.state;
  if (ifMatch !== undefined && !namesVersion(ifMatch, version)) throw new VersionMismatch(ifMatch, version);
}
