import type { ConnectedFrame, ErrorCode, SessionEvent } from "session-protocol";

/** What the service sends on a WebSocket. */
export type Frame =
  | ConnectedFrame
  | { readonly type: "pong" }
  | { readonly type: "error"; readonly code: ErrorCode }
  | SessionEvent;
