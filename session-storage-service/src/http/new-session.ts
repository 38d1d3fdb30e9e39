import { createHash } from "node:crypto";
import type { Recorder } from "../recorder.js";

const DIGITS_OF_HASH = 32;

export const sessionPath = (sessionId: string): string => `sessions/${sessionId}`;

/** An id for a session that came without one: of its own, or one that the same key gives again. */
export function createdId(recorder: Recorder, owner: string, key: string | undefined): string {
  if (key === undefined) return `session-${recorder.makeId().toLowerCase()}`;
  const hash = createHash("sha256")
    .update(JSON.stringify([owner, key]))
    .digest("hex");
  return `session-${hash.slice(0, DIGITS_OF_HASH)}`;
}
