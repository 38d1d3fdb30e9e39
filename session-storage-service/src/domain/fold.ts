import { evolve, type FoldableEvent, type Session } from "./session.js";

/** Who a session belongs to whose first event was lost to damage. */
const UNKNOWN_USER = "unknown";

/** The session after `event`, also where damage has taken its first event. */
export function fold(session: Session | undefined, event: FoldableEvent): Session {
  if (session !== undefined || event.type === "session_created") return evolve(session, event);
  const beginning: FoldableEvent = {
    type: "session_created",
    sessionId: event.sessionId,
    seq: event.seq - 1,
    timestamp: event.timestamp,
    data: { userId: UNKNOWN_USER, initial: {} },
  };
  return evolve(evolve(undefined, beginning), event);
}
