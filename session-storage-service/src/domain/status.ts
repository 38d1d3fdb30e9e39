import type { SessionStatus } from "session-protocol";

const ENDINGS = ["completed", "failed", "terminated", "interrupted"] as const;

const NEXT: Record<SessionStatus, readonly SessionStatus[]> = {
  created: ["connecting", ...ENDINGS],
  connecting: ["active", ...ENDINGS],
  active: ["processing", ...ENDINGS],
  processing: ["active", ...ENDINGS],
  interrupted: ["active"],
  completed: [],
  failed: [],
  terminated: [],
};

/** Whether a session may go from one status to the other other than by resume. */
export function mayBecome(from: SessionStatus, to: SessionStatus): boolean {
  return NEXT[from].includes(to);
}

/** A closed session takes no write until it is resumed. */
export function isClosed(status: SessionStatus): boolean {
  return status === "completed" || status === "failed" || status === "terminated";
}

export function hasEnded(status: SessionStatus): boolean {
  return isClosed(status) || status === "interrupted";
}
