import { z } from "zod";
import { EventId, Offset, Seq, SessionId, Timestamp } from "./ids.js";

export const EVENT_TYPES = [
  "session_created",
  "metadata_updated",
  "status_changed",
  "action",
  "response",
  "state_updated",
  "goal_added",
  "goal_updated",
  "agent_spawned",
  "agent_completed",
  "execution_started",
  "node_executed",
  "execution_completed",
  "execution_failed",
  "transcript_appended",
  "session_interrupted",
  "session_finalized",
  "session_deleted",
] as const;

export const EventType = z.enum(EVENT_TYPES);
export type EventType = z.infer<typeof EventType>;

/** The one shape of an event: in the journal, on WebSocket and SSE, in pages and exports. */
export const SessionEvent = z.object({
  type: EventType,
  sessionId: SessionId,
  seq: Seq,
  offset: Offset,
  id: EventId,
  timestamp: Timestamp,
  expired: z
    .literal(true)
    .optional()
    .meta({ description: "The time of the event's run is over: of its data only what counts is left." }),
  data: z.looseObject({}),
});
export type SessionEvent = z.infer<typeof SessionEvent>;
