import type { EventType, JsonObject, SessionEvent, TimelineEntry } from "session-protocol";
import { callTookMs, happenedAtMs, saysFailure, tookMs } from "session-protocol/reading";
import { isToolUse } from "../event/action-fields.js";

export type MarkKind = "prompt" | "response" | "tool" | "goal" | "state" | "error" | "other";

/** What the minimap shows of one event. */
export interface Mark {
  readonly seq: number;
  readonly kind: MarkKind;
  /** Epoch milliseconds. Equal where the event took no time that is known. */
  readonly startMs: number;
  readonly endMs: number;
  /** Null: nothing says whose it is. */
  readonly agentId: string | null;
  readonly runId: string | null;
  readonly failed: boolean;
  /** Of the tool that was used. */
  readonly tool: string | null;
  /** Whether it is the beginning or end of a step of a run: what the step did may be told by another event. */
  readonly isStep: boolean;
  /** Which call of a tool it tells of, if any. */
  readonly callId: string | null;
  /** The calls that an answer asks for, where it names them. */
  readonly calls: readonly string[];
}

/** The beginning or end of a run or of an agent, which becomes a bar or a lane. */
export type Boundary =
  | {
      readonly kind: "run_started";
      readonly runId: string;
      readonly agentId: string;
      readonly atMs: number;
      readonly seq: number;
    }
  | {
      readonly kind: "run_ended";
      readonly runId: string;
      readonly atMs: number;
      /** As the service has reckoned it. */
      readonly durationMs: number;
      readonly failed: boolean;
    }
  | {
      readonly kind: "agent_spawned";
      readonly agentId: string;
      readonly parentAgentId: string | null;
      readonly label: string;
      readonly atMs: number;
    }
  | {
      readonly kind: "agent_ended";
      readonly agentId: string;
      readonly atMs: number;
      readonly failed: boolean;
    };

/** A use of a tool. */
export interface Call {
  /** Its name, else what kind of use it is. */
  readonly tool: string;
  /** Undefined where nothing says. */
  readonly tookMs: number | undefined;
}

export interface Reading {
  readonly mark: Mark;
  readonly boundary?: Boundary;
  readonly call?: Call | undefined;
}

/** An entry of the timeline, and an event told live, in one form. */
interface Told {
  readonly event: EventType;
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  readonly failed: boolean;
  /** How long a run has run, of its end. */
  readonly ranMs: unknown;
  readonly fields: JsonObject;
}

export function readEntry(entry: TimelineEntry): Reading {
  const { event, seq, ts, sentAt, type, failed, duration: ranMs } = entry;
  const atMs = happenedAtMs(Date.parse(ts), sentAt);
  return reading({ event, seq, atMs, type, failed: failed === true, ranMs, fields: entry });
}

export function readEvent(event: SessionEvent): Reading {
  const { type: name, seq, data } = event;
  const type = typeof data.type === "string" ? data.type : name;
  const fields = name === "agent_spawned" ? { ...data, agentType: data.type } : data;
  const { durationMs: ranMs } = (isEnd(name) ? (data.totals ?? {}) : {}) as JsonObject;
  const atMs = happenedMs(event);
  return reading({ event: name, seq, atMs, type, failed: saysFailure(event), ranMs, fields });
}

/** When an event happened, as far as that can be told. */
export function happenedMs({ timestamp, data }: Pick<SessionEvent, "timestamp" | "data">): number {
  return happenedAtMs(Date.parse(timestamp), data.timestamp);
}

function isEnd(event: EventType): boolean {
  return event === "execution_completed" || event === "execution_failed";
}

function reading(told: Told): Reading {
  const { seq, atMs: endMs, failed, fields } = told;
  const boundary = boundaryOf(told);
  const kind = kindOf(told);
  const mark: Mark = {
    seq,
    kind,
    startMs: endMs - (kind === "tool" ? (callTookMs(fields, endMs) ?? 0) : tookOf(told)),
    endMs,
    agentId: textOf(fields.agentId),
    runId: textOf(fields.runId),
    failed,
    tool: textOf(fields.tool),
    isStep: told.event === "node_executed",
    callId: textOf(told.event === "node_executed" ? fields.nodeId : fields.toolUseId),
    calls: told.event === "response" ? textsOf(fields.toolUseIds) : NONE,
  };
  const call = mark.kind === "tool" ? callOf(told) : undefined;
  return boundary === undefined ? { mark, call } : { mark, boundary };
}

function callOf({ type, atMs, fields }: Told): Call {
  return { tool: textOf(fields.tool) ?? type, tookMs: callTookMs(fields, atMs) };
}

function tookOf({ event, fields }: Told): number {
  return event === "action" ? tookMs(fields.durationMs) : 0;
}

function kindOf({ event, type }: Told): MarkKind {
  if (event === "action") {
    if (type === "error") return "error";
    if (type === "prompt") return "prompt";
    return isToolUse(type) ? "tool" : "other";
  }
  if (event === "response") return "response";
  if (event === "state_updated") return "state";
  return event.startsWith("goal_") ? "goal" : "other";
}

function boundaryOf(told: Told): Boundary | undefined {
  const { event, seq, atMs, failed, fields } = told;
  const runId = textOf(fields.runId);
  const agentId = textOf(fields.agentId);
  if (event === "agent_spawned" && agentId !== null) {
    const label = textOf(fields.agentType) ?? agentId;
    return { kind: "agent_spawned", agentId, parentAgentId: textOf(fields.parentAgentId), label, atMs };
  }
  if (event === "agent_completed" && agentId !== null) return { kind: "agent_ended", agentId, atMs, failed };
  if (runId === null) return undefined;
  if (event === "execution_started")
    return { kind: "run_started", runId, agentId: agentId ?? runId, atMs, seq };
  if (isEnd(event)) {
    const durationMs = tookMs(told.ranMs);
    return { kind: "run_ended", runId, atMs, durationMs, failed: event === "execution_failed" };
  }
  return undefined;
}

const NONE: readonly string[] = [];

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : NONE;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
