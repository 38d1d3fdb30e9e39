/** What came back for a request: an answer, or the reason there was none. */
export type Reply = Answer | { readonly failure: string };

export interface Answer {
  readonly status: number;
  /** The parsed JSON, or undefined where the body was none. */
  readonly body: unknown;
  /** How long the service asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 30_000;
/** A longer Retry-After is taken for a mistake: an agent that lives for hours must not fall silent for a day. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;
const DOUBLINGS = 7;

/**
 * Milliseconds before the next attempt, or undefined when repeating the request cannot help.
 * Full jitter, so that the agents of a service that comes back do not all call at once.
 */
export function retryDelayMs(attempt: number, reply: Reply, random: () => number): number | undefined {
  if (isFinal(reply)) return undefined;
  const backoffMs = random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt, DOUBLINGS));
  const askedMs = "status" in reply ? (reply.retryAfterMs ?? 0) : 0;
  return Math.max(backoffMs, Math.min(askedMs, MAX_RETRY_AFTER_MS));
}

function isFinal(reply: Reply): boolean {
  if (!("status" in reply)) return false;
  const { status } = reply;
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** `Retry-After` is a number of seconds or an HTTP date; anything else says nothing. */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
