import type { EventType, JsonObject, SessionEvent } from "session-protocol";
import { readEvent, type Reading } from "../../src/session/mark.js";

const FIRST_MS = Date.parse("2026-01-01T00:00:00Z");

/** An event a second after the one before. */
export function told(seq: number, type: EventType, data: JsonObject = {}): SessionEvent {
  const timestamp = new Date(FIRST_MS + seq * 1_000).toISOString();
  return { type, sessionId: "s", seq, offset: seq, id: `e${seq}`, timestamp, data };
}

/** Readings of events that follow one another from seq 1. */
export function readings(...events: readonly (readonly [EventType, JsonObject?])[]): Reading[] {
  return events.map(([type, data], index) => readEvent(told(index + 1, type, data)));
}
