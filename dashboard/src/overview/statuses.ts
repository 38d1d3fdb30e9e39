import type { SessionStatus } from "session-protocol";

/** In the order of a session's life. The protocol's own list would bring its schemas into the page. */
export const SESSION_STATUSES = Object.keys({
  created: true,
  connecting: true,
  active: true,
  processing: true,
  completed: true,
  failed: true,
  terminated: true,
  interrupted: true,
} satisfies Record<SessionStatus, true>);

/** Of sessions that have not ended. */
export const OPEN_STATUSES: ReadonlySet<SessionStatus> = new Set([
  "created",
  "connecting",
  "active",
  "processing",
]);
