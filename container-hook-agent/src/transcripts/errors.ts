import { describeRefusal } from "../rejection.js";
import type { Reply } from "../retry-delay.js";

/**
 * `unavailable`: no answer in time; what was to be appended is still queued. `refused`: the service does not take it,
 * for good. `invalid_key`: no transcript can have that key. `full`: too much is queued already. `closed`: the store is.
 */
export type SessionStoreErrorCode = "unavailable" | "refused" | "invalid_key" | "full" | "closed";

/** Why something was not done with a transcript. */
export class SessionStoreError extends Error {
  readonly code: SessionStoreErrorCode;
  /** Of the service's answer, where that was the reason. */
  readonly status: number | undefined;

  constructor(code: SessionStoreErrorCode, message: string, status?: number) {
    super(message);
    this.name = "SessionStoreError";
    this.code = code;
    this.status = status;
  }
}

/** An attempt that came to nothing; whether another can help is for the retry policy to say. */
export class Unanswered extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(describeReply(reply));
    this.name = "Unanswered";
    this.reply = reply;
  }
}

/** For people. */
export function describeReply(reply: Reply): string {
  if (!("status" in reply)) return `the service cannot be reached (${reply.failure})`;
  return `the service answered ${describeRefusal(reply)}`;
}
