import type {
  Activity,
  CreateSession,
  Final,
  ForkOrigin,
  JsonObject,
  Metrics,
  SessionStatus,
  State,
  TokenUsage,
} from "session-protocol";
import { saysFailure } from "session-protocol/reading";
import { noActivity, noteActivity } from "./activity.js";
import type { ProducerTotals, StoredEvent } from "./events.js";
import { ownCopy, type OwnSession } from "./own-session.js";
import {
  countActivity,
  endRun,
  interruptRuns,
  NO_RUNS,
  openRun,
  startRun,
  updateNode,
  withFailure,
  type OpenRuns,
} from "./runs.js";
import { initialState, evolveState } from "./state.js";
import { hasEnded } from "./status.js";
import { addCost, addUsage, countAction, NO_METRICS, NO_TOKENS } from "./totals.js";
import { countResponse, countRun, NO_USAGE, type SessionUsage } from "./usage.js";

/** What a session is called and belongs to; changes rarely. */
export interface Profile {
  readonly userId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly sandboxId: string | null;
  readonly model: string | null;
  readonly yoloMode: boolean;
  readonly tags: readonly string[];
  readonly labels: JsonObject;
  readonly parentSession: string | null;
  readonly forkedFrom: ForkOrigin | null;
  readonly subsessions: readonly string[];
  readonly ttlDays: number | null;
}

/** A session as the fold of its events. Immutable: an older value stays valid while newer ones are made. */
export interface Session {
  readonly sessionId: string;
  readonly created: string;
  /** When it was made, while a fork has not all of its history yet. */
  readonly forkedAt: string | undefined;
  readonly updated: string;
  readonly seq: number;
  readonly status: SessionStatus;
  readonly profile: Profile;
  readonly metrics: Metrics;
  readonly activity: Activity;
  readonly tokenUsage: TokenUsage;
  readonly costUsd: number;
  readonly initial: JsonObject;
  readonly state: State;
  readonly final: Final | null;
  readonly producers: readonly ProducerTotals[];
  readonly runs: OpenRuns;
  /** Without what a fork took over: that is its source's. */
  readonly usage: SessionUsage;
}

/** The event's fields that a fold needs; what has not reached the journal has no offset yet. */
export type FoldableEvent = Pick<StoredEvent, "type" | "sessionId" | "seq" | "timestamp" | "data">;

/** The session after `event`. Its first event must be `session_created`. */
export function evolve(session: Session | undefined, event: FoldableEvent): Session {
  if (event.type === "session_created") return created(event);
  if (session === undefined) throw new Error(`session ${event.sessionId} begins with ${event.type}`);
  const next = ownCopy(session);
  advance(next, event);
  return next;
}

/** Makes `session` what it is after `event`, which is not its first. */
export function advance(session: OwnSession, event: FoldableEvent): void {
  session.seq = event.seq;
  session.updated = event.timestamp;
  noteActivity(session.activity, event);
  if (saysFailure(event)) fail(session, event);
  if (event.type === "action") act(session, event);
  else Object.assign(session, changes(session, event));
  begin(session);
}

/** A fork is as old as its making, once it has all of its history: that keeps its source's times. */
function begin(session: OwnSession): void {
  const { forkedAt, profile } = session;
  if (forkedAt === undefined || session.seq !== profile.forkedFrom?.seq) return;
  session.created = forkedAt;
  session.updated = forkedAt;
  session.activity = { ...session.activity, startedAt: forkedAt, lastAt: null };
  session.forkedAt = undefined;
}

/** The session with a producer's totals replaced by newer ones. */
export function withProducer(session: Session, totals: ProducerTotals | undefined): Session {
  if (totals === undefined) return session;
  const others = session.producers.filter((producer) => producer.id !== totals.id);
  return { ...session, producers: [...others, totals] };
}

function changes(session: Session, event: FoldableEvent): Partial<Session> {
  const { data } = event;
  switch (event.type) {
    case "response":
      return responded(session, event);
    case "execution_started":
      return { runs: startRun(session.runs, event), ...started(session, event) };
    case "node_executed":
      return { runs: updateNode(session.runs, event) };
    case "execution_completed":
    case "execution_failed":
      return { runs: endRun(session.runs, event) };
    case "state_updated":
    case "goal_added":
    case "goal_updated":
    case "agent_completed":
      return { state: evolveState(session.state, event) };
    case "agent_spawned":
      return {
        state: evolveState(session.state, event),
        profile: withSubsession(session.profile, data.subsession),
      };
    case "metadata_updated":
      return { profile: patchProfile(session.profile, data) };
    case "status_changed":
      return withStatus(session, event);
    case "session_interrupted":
      return { status: "interrupted", runs: interruptRuns(session.runs, event) };
    case "session_finalized":
      return finalized(session, event);
    default:
      return {};
  }
}

/** What a call has told already is no other failure when the step that it is tells it, nor the other way round. */
function fail(session: OwnSession, event: FoldableEvent): void {
  const runs = withFailure(session.runs, event);
  if (runs === undefined) return;
  session.runs = runs;
  session.activity.failures += 1;
}

function act(session: OwnSession, event: FoldableEvent): void {
  countAction(session.metrics, event.data.type);
  if (event.data.runId !== undefined) session.runs = countActivity(session.runs, event);
}

function responded(session: Session, event: FoldableEvent): Partial<Session> {
  const { metrics, runs, usage, profile } = session;
  const { data } = event;
  const run = data.runId === undefined ? undefined : openRun(runs, data.runId);
  return {
    metrics: { ...metrics, responses: metrics.responses + 1 },
    tokenUsage: addUsage(session.tokenUsage, data.usage),
    costUsd: addCost(session.costUsd, data.costUsd),
    usage: isTakenOver(session, event) ? usage : countResponse(usage, event, run, profile.model),
    runs: run === undefined ? runs : countActivity(runs, event),
  };
}

function started(session: Session, event: FoldableEvent): Partial<Session> {
  if (isTakenOver(session, event)) return {};
  return { usage: countRun(session.usage, event, session.profile.model) };
}

/** Whether a fork has the event from its source. */
export function isTakenOver(
  { profile: { forkedFrom } }: Session,
  { seq }: { readonly seq: number },
): boolean {
  return forkedFrom !== null && seq <= forkedFrom.seq;
}

function withStatus(session: Session, event: FoldableEvent): Partial<Session> {
  const status = event.data.to as SessionStatus;
  if (hasEnded(status)) return { status, runs: interruptRuns(session.runs, event) };
  const reopened = session.final !== null && status === "active";
  return reopened ? { status, final: null } : { status };
}

/** Where a fork's history is from, and when it was made; its first event keeps the time of its source's. */
export interface Forking extends ForkOrigin {
  readonly at?: string;
}

function created({ sessionId, seq, timestamp, data }: FoldableEvent): Session {
  const { forkedFrom, initial, ...request } = data as CreateSession & { forkedFrom?: Forking };
  const config = (initial.config ?? {}) as JsonObject;
  const session: OwnSession = {
    sessionId,
    created: timestamp,
    updated: timestamp,
    forkedAt: forkedFrom?.at,
    seq,
    status: request.status ?? "active",
    profile: {
      userId: request.userId,
      name: request.name ?? null,
      description: request.description ?? null,
      sandboxId: request.sandboxId ?? null,
      model: typeof config.model === "string" ? config.model : null,
      yoloMode: config.dangerouslySkipPermissions === true,
      tags: request.tags ?? [],
      labels: {},
      parentSession: request.parentSession ?? null,
      forkedFrom: forkedFrom === undefined ? null : { sessionId: forkedFrom.sessionId, seq: forkedFrom.seq },
      subsessions: [],
      ttlDays: request.ttlDays ?? null,
    },
    metrics: { ...NO_METRICS },
    activity: noActivity(timestamp),
    tokenUsage: NO_TOKENS,
    costUsd: 0,
    initial,
    state: initialState(seq, timestamp),
    final: null,
    producers: [],
    runs: NO_RUNS,
    usage: NO_USAGE,
  };
  begin(session);
  return session;
}

function withSubsession(profile: Profile, child: unknown): Profile {
  if (typeof child !== "string" || profile.subsessions.includes(child)) return profile;
  return { ...profile, subsessions: [...profile.subsessions, child] };
}

function patchProfile(profile: Profile, patch: JsonObject): Profile {
  const { labels, tags, subsession, ...plain } = patch;
  const patched = withSubsession({ ...profile, ...plain }, subsession);
  return {
    ...patched,
    tags: tags === undefined ? profile.tags : ((tags ?? []) as readonly string[]),
    labels: labels === undefined ? profile.labels : patchLabels(profile.labels, labels),
  };
}

function patchLabels(labels: JsonObject, patch: unknown): JsonObject {
  if (patch === null) return {};
  const merged = { ...labels, ...(patch as JsonObject) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

function finalized(session: Session, event: FoldableEvent): Partial<Session> {
  const status = event.data.status === "failure" ? "failure" : "success";
  return {
    status: status === "success" ? "completed" : "failed",
    runs: interruptRuns(session.runs, event),
    final: {
      $schema: "session-final-v1",
      sessionId: session.sessionId,
      status,
      outcome: event.data.outcome ?? null,
      response: event.data.response ?? null,
      finalizedAt: event.timestamp,
      durationMs: Math.max(0, Date.parse(event.timestamp) - Date.parse(session.created)),
      tokenUsage: session.tokenUsage,
      costUsd: session.costUsd,
      metrics: { ...session.metrics },
      seq: event.seq,
    },
  };
}
