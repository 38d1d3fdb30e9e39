import type { EventType, JsonObject } from "session-protocol";
import { saysFailure } from "session-protocol/reading";
import type { StoredEvent } from "./events.js";
import { instantOf, type RunTotals } from "./runs.js";

/** What of a run's events is left when its time is over: all that the fold looks at, and no content. */
const KEPT: Partial<Record<EventType, readonly string[]>> = {
  action: ["type", "runId", "agentId", "toolUseId"],
  response: ["type", "runId", "agentId", "model", "usage", "costUsd", "estimated"],
  node_executed: ["runId", "nodeId", "status", "startedAt"],
  execution_started: ["runId", "agentId", "flow", "role", "provider", "model", "taskId", "ttlDays"],
  execution_completed: ["runId", "status", "tokensUsed", "costCents", "totals"],
  execution_failed: ["runId", "status", "tokensUsed", "costCents", "totals"],
};

const TOKENS = ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens"];

/** The run an event is a part of, if it is of a kind that goes with its run. */
export function runPartOf({ type, data }: Pick<StoredEvent, "type" | "data">): string | undefined {
  return KEPT[type] !== undefined && typeof data.runId === "string" ? data.runId : undefined;
}

/** The event without its content. `totals`: of a run that never ended, for the event that began it. */
export function stripped(event: StoredEvent, totals: RunTotals | undefined): StoredEvent {
  const data = only(event.data, KEPT[event.type] ?? []);
  if (data.usage !== undefined) data.usage = only(data.usage as JsonObject, TOKENS);
  Object.assign(data, sentAt(event.data));
  if (event.type === "execution_started") Object.assign(data, totals && { totals });
  // That something failed is told; what the error said is content.
  else if (saysFailure(event) && !saysFailure({ ...event, data })) data.error = true;
  return { ...event, data, raw: JSON.stringify(data), expired: true };
}

function sentAt({ timestamp }: JsonObject): JsonObject {
  const instant = instantOf(timestamp);
  return instant === null ? {} : { timestamp: instant };
}

function only(data: JsonObject, keys: readonly string[]): JsonObject {
  const entries = keys.filter((key) => Object.hasOwn(data, key)).map((key) => [key, data[key]]);
  return Object.fromEntries(entries) as JsonObject;
}
