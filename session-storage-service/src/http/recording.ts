import type { IncomingHttpHeaders } from "node:http";
import type { BatchResult, EventType, WriteResult } from "session-protocol";
import type { Outcome, Receipt, Submission } from "../domain/submission.js";
import { batchSubmission } from "./batch.js";
import { actionCommand, responseCommand } from "./commands.js";
import type { RequestLimits } from "./limits.js";
import { JSON_TYPE, mediaTypeOf } from "./media-type.js";
import { emptyBody, parseJsonBody } from "./parse.js";
import { idempotencyKey } from "./route.js";
import { refuseOtherType } from "./written.js";

/** One of the routes that take what agents record, apart from how the request arrived. */
export interface Recording {
  /** As OpenAPI writes it. */
  readonly path: string;
  /** @throws RecorderError */
  submission(bytes: Buffer, headers: IncomingHttpHeaders, limits: RequestLimits): Submission;
  /** The answer as JSON text. @throws InvalidRequest where an event of another kind has the id that was sent */
  answer(receipt: Receipt): string;
}

export const ACTION: Recording = {
  path: "/api/actions/{sessionId}",
  submission(bytes, headers, limits) {
    const key = idempotencyKey(headers["idempotency-key"]);
    mediaTypeOf(headers["content-type"], [JSON_TYPE]);
    const { value, raw } = parseJsonBody(bytes, limits);
    return { commands: [actionCommand(value, raw, key)] };
  },
  answer: (receipt) => writeAnswer(receipt, "action"),
};

export const RESPONSE: Recording = {
  path: "/api/actions/{sessionId}/responses",
  submission(bytes, headers, limits) {
    const key = idempotencyKey(headers["idempotency-key"]);
    if (bytes.length > 0) mediaTypeOf(headers["content-type"], [JSON_TYPE]);
    const { value, raw } = bytes.length > 0 ? parseJsonBody(bytes, limits) : emptyBody();
    return { commands: [responseCommand(value, raw, key)] };
  },
  answer: (receipt) => writeAnswer(receipt, "response"),
};

export const BATCH: Recording = {
  path: "/api/sessions/{sessionId}/batch",
  submission: (bytes, headers, limits) =>
    batchSubmission(bytes, headers["content-type"], limits, idempotencyKey(headers["idempotency-key"])),
  answer: batchAnswer,
};

function writeAnswer({ outcomes }: Receipt, type: EventType): string {
  const outcome = outcomes[0] as Outcome;
  refuseOtherType(outcome, [type], "id");
  const { seq } = outcome;
  const answer: WriteResult = outcome.duplicate
    ? { success: true, seq, duplicate: true }
    : { success: true, seq };
  return JSON.stringify(answer);
}

/**
 * The seqs span the sender's events that were stored, or where there are none those they repeat. A batch
 * without events has the session's last for both.
 */
function batchAnswer({ outcomes, session }: Receipt): string {
  let stored = 0;
  for (const { duplicate } of outcomes) if (!duplicate) stored += 1;
  let firstSeq = outcomes.length > 0 ? Infinity : session.seq;
  let lastSeq = outcomes.length > 0 ? 0 : session.seq;
  for (const { duplicate, seq } of outcomes) {
    if (duplicate && stored > 0) continue;
    firstSeq = Math.min(firstSeq, seq);
    lastSeq = Math.max(lastSeq, seq);
  }
  const duplicates = outcomes.length - stored;
  return JSON.stringify({ success: true, firstSeq, lastSeq, stored, duplicates } satisfies BatchResult);
}
