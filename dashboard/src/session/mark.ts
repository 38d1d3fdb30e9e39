import type { EventType, JsonObject, SessionEvent, TimelineEntry } from "session-protocol";

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
  | { readonly kind: "run_ended"; readonly runId: string; readonly atMs: number; readonly failed: boolean }
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

export interface Reading {
  readonly mark: Mark;
  readonly boundary?: Boundary;
}

/** An entry of the timeline, and an event told live, in one form. */
interface Told {
  readonly event: EventType;
  readonly seq: number;
  readonly ts: string;
  readonly type: string;
  readonly failed: boolean;
  readonly fields: JsonObject;
}

export function readEntry(entry: TimelineEntry): Reading {
  const { event, seq, ts, type, failed } = entry;
  return reading({ event, seq, ts, type, failed: failed === true, fields: entry });
}

export function readEvent({ type: event, seq, timestamp: ts, data }: SessionEvent): Reading {
  const type = typeof data.type === "string" ? data.type : event;
  const fields = event === "agent_spawned" ? { ...data, agentType: data.type } : data;
  return reading({ event, seq, ts, type, failed: hasFailed(event, type, data), fields });
}

/** As the service's timeline judges it. */
function hasFailed(event: EventType, type: string, { status, error }: JsonObject): boolean {
  if (event === "execution_failed" || event === "session_interrupted") return true;
  if (event === "state_updated" || event === "metadata_updated") return false;
  const saysError = error != null && error !== false && error !== "";
  return saysError || status === "failed" || status === "failure" || (event === "action" && type === "error");
}

function reading(told: Told): Reading {
  const { seq, ts, failed, fields } = told;
  const endMs = Date.parse(ts);
  const durationMs = told.event === "action" && typeof fields.durationMs === "number" ? fields.durationMs : 0;
  const boundary = boundaryOf(told, endMs);
  const mark: Mark = {
    seq,
    kind: kindOf(told),
    startMs: endMs - durationMs,
    endMs,
    agentId: textOf(fields.agentId),
    runId: textOf(fields.runId),
    failed,
    tool: textOf(fields.tool),
    isStep: told.event === "node_executed",
    callId: textOf(told.event === "node_executed" ? fields.nodeId : fields.toolUseId),
    calls: told.event === "response" ? textsOf(fields.toolUseIds) : NONE,
  };
  return boundary === undefined ? { mark } : { mark, boundary };
}

const TOOL_USE = /^(?:tool_call|mcp_call|bash_exec|task_spawn|file_.*)$/s;

function kindOf({ event, type }: Told): MarkKind {
  if (event === "action") {
    if (type === "error") return "error";
    if (type === "prompt") return "prompt";
    return TOOL_USE.test(type) ? "tool" : "other";
  }
  if (event === "response") return "response";
  if (event === "state_updated") return "state";
  return event.startsWith("goal_") ? "goal" : "other";
}

function boundaryOf({ event, seq, failed, fields }: Told, atMs: number): Boundary | undefined {
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
  if (event === "execution_completed" || event === "execution_failed") {
    return { kind: "run_ended", runId, atMs, failed: event === "execution_failed" };
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
