import type { EventType, JsonObject } from "session-protocol";
import type { EventBatch, StoredEvent } from "../../src/domain/events.js";

export const NOON = "2026-01-01T12:00:00.000Z";

/** A stored event; what a test does not name is filled in. */
export function stored(fields: Partial<StoredEvent> & { seq: number }): StoredEvent {
  const data = fields.data ?? defaultData(fields.type ?? "action");
  return {
    type: "action",
    sessionId: "s1",
    offset: fields.seq,
    id: `e${String(fields.seq)}`,
    timestamp: NOON,
    data,
    raw: JSON.stringify(data),
    ...fields,
  };
}

function defaultData(type: EventType): JsonObject {
  if (type === "session_created") return { userId: "u1", initial: {} };
  return type === "action" ? { type: "tool_call" } : {};
}

/** A session's first event. */
export function created(fields: Partial<StoredEvent> = {}): StoredEvent {
  return stored({ seq: 1, type: "session_created", ...fields });
}

/** A batch of these events, or of one action with this seq. */
export function batchOf(
  events: readonly StoredEvent[] | number,
  fields: Partial<EventBatch> = {},
): EventBatch {
  const list = typeof events === "number" ? [stored({ seq: events })] : events;
  return {
    sessionId: list[0]?.sessionId ?? "s1",
    firstSeq: list[0]?.seq ?? 1,
    timestamp: NOON,
    events: list,
    ...fields,
  };
}
