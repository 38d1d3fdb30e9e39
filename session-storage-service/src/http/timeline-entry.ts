import type { EventType, JsonObject, TimelineEntry } from "session-protocol";
import { saysFailure } from "session-protocol/reading";
import { instantOf } from "../domain/runs.js";
import { messageOf } from "./error-message.js";

/** An event in its public shape. */
export interface TimelineEvent {
  readonly type: EventType;
  readonly seq: number;
  readonly timestamp: string;
  /** The time of its run is over, and its content has gone. */
  readonly expired?: true;
  readonly data: JsonObject;
}

const MAX_TEXT_CHARS = 200;

/** Shown whatever they say: runs, goals and agents. */
const SHOWN_TYPES: ReadonlySet<string> = new Set<EventType>([
  "execution_started",
  "execution_completed",
  "execution_failed",
  "goal_added",
  "goal_updated",
  "agent_spawned",
  "agent_completed",
  "session_interrupted",
]);

/** Actions that are the use of a tool, by the names that are counted as such and any that begins with `file_`. */
const TOOL_USE = /^(?:tool_call|mcp_call|bash_exec|task_spawn|file_.*)$/s;

/** Found in the text of every event that `isAlwaysShown`, and of some others. */
const MAY_BE_SHOWN = /"(?:tool_call|mcp_call|bash_exec|task_spawn|file_|goals"|error|fail)|\\u00/;

/** Whether the event has to be looked into, because it may be one that `isAlwaysShown`. */
export function mayBeShown(type: string, text: string): boolean {
  return SHOWN_TYPES.has(type) || MAY_BE_SHOWN.test(text);
}

export function isAlwaysShown(event: TimelineEvent): boolean {
  const { type, data } = event;
  if (SHOWN_TYPES.has(type) || saysFailure(event)) return true;
  if (type === "state_updated") return data.goals !== undefined;
  return type === "action" && TOOL_USE.test(String(data.type));
}

/** What is told of an event beside its time, type and place, by the names its data has it under. */
const FIELDS: Partial<Record<EventType, readonly string[]>> = {
  session_created: ["userId", "name"],
  status_changed: ["from", "to"],
  session_finalized: ["status", "outcome"],
  action: ["agentId", "nodeId", "toolUseId", "tool", "input", "durationMs"],
  response: ["agentId", "actionId", "model", "content", "costUsd"],
  state_updated: ["phase", "currentStep"],
  goal_added: ["description", "status", "priority"],
  goal_updated: ["goalId", "description", "status", "priority"],
  agent_spawned: ["agentId", "task", "parentAgentId", "subsession"],
  agent_completed: ["agentId", "status", "result"],
  execution_started: ["agentId", "flow", "role", "provider", "model", "taskId"],
  node_executed: ["nodeId", "nodeType", "parentNodeId", "status", "durationMs"],
  execution_completed: ["status", "tokensUsed", "costCents"],
  execution_failed: ["status", "tokensUsed", "costCents"],
};

export function timelineEntry(event: TimelineEvent): TimelineEntry {
  const { type, seq, timestamp: ts, data } = event;
  const entry: TimelineEntry = { ts, type: ownType(event), event: type, seq };
  const sentAt = instantOf(data.timestamp);
  // Years past 9999 have no time in the form of the others.
  if (sentAt !== null && sentAt !== ts && sentAt.length === ts.length) entry.sentAt = sentAt;
  if (typeof data.runId === "string") entry.runId = data.runId;
  for (const name of FIELDS[type] ?? []) {
    const value = shortened(data[name]);
    if (value !== undefined) entry[name] = value;
  }
  Object.assign(entry, particulars(event));
  if (event.expired === true) entry.expired = true;
  if (saysFailure(event)) entry.failed = true;
  if (data.error != null && data.error !== true && entry.failed === true) {
    entry.error = shortened(messageOf(data.error));
  }
  return entry;
}

function ownType({ type, data }: TimelineEvent): string {
  switch (type) {
    case "execution_started":
      return "invocation.started";
    case "execution_completed":
    case "execution_failed":
      return "invocation.completed";
    case "action":
    case "response":
      return typeof data.type === "string" ? data.type : type;
    default:
      return type;
  }
}

/** What stands under another name or deeper in the data. */
function particulars({ type, data }: TimelineEvent): JsonObject {
  switch (type) {
    case "goal_added":
      return { goalId: data.id };
    case "action":
      return typeof data.durationMs === "number" ? {} : { startedAt: shortened(data.startedAt) };
    case "response":
      return { toolUseIds: shortTexts(data.toolUseIds) };
    case "agent_spawned":
      return { agentType: data.type };
    case "execution_completed":
    case "execution_failed": {
      const { durationMs, nodeCount } = (data.totals ?? {}) as JsonObject;
      return { success: type === "execution_completed", duration: durationMs, nodeCount };
    }
    default:
      return {};
  }
}

const MAX_TEXTS = 100;

/** Names in a list, as they are; undefined where there is none. */
function shortTexts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((each) => typeof each === "string" && each.length <= MAX_TEXT_CHARS);
  return (texts as string[]).slice(0, MAX_TEXTS);
}

/** A value in at most so many characters: an object or array as its JSON text. Undefined where it says nothing. */
function shortened(value: unknown): string | number | boolean | undefined {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value == null) return undefined;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS)}…` : text;
}
