import { metadataOf } from "./documents.js";
import type { Session } from "./session.js";
import { hasEnded } from "./status.js";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Before every time there is. */
const NEVER = "";

/**
 * The moments by which something has outlived its time, as ISO 8601. `own`: for what has an expiry of its own;
 * `others`: the last end, for what has none. Either `own` is null, and every end counts the same.
 */
export interface Expiry {
  readonly own: string | null;
  readonly others: string;
}

/** `days`: in place of any time to live. `defaultTtlDays`: for what has none of its own; 0 keeps it. */
export function expiryAt(nowMs: number, defaultTtlDays: number, days: number | undefined): Expiry {
  if (days !== undefined) return { own: null, others: daysBefore(nowMs, days) };
  return {
    own: daysBefore(nowMs, 0),
    others: defaultTtlDays === 0 ? NEVER : daysBefore(nowMs, defaultTtlDays),
  };
}

/** Before the first year a date can be written with the same length, nothing has ended. */
function daysBefore(nowMs: number, days: number): string {
  return new Date(Math.max(0, nowMs - days * DAY_MS)).toISOString();
}

/** Whether the session, as it stands, has ended long enough ago. */
export function isSessionExpired(session: Session, { own, others }: Expiry): boolean {
  if (!hasEnded(session.status)) return false;
  const { expiresAt, updated } = metadataOf(session);
  return own === null || expiresAt === null ? updated <= others : expiresAt <= own;
}

/** What has ended, by its end; or what expires by itself, by that. */
export type ExpiryOrder = "end" | "end-without-ttl" | "own-expiry";

/** Where the list of what has expired goes on, in one of its orders. */
export interface ExpiryPage {
  readonly order: ExpiryOrder;
  readonly upTo: string;
  readonly after: readonly [at: string, number: number];
}

export function firstPages({ own, others }: Expiry): ExpiryPage[] {
  const after = ["", 0] as const;
  if (own === null) return [{ order: "end", upTo: others, after }];
  return [
    { order: "own-expiry", upTo: own, after },
    { order: "end-without-ttl", upTo: others, after },
  ];
}

/** A session whose time is over, with what goes with it. */
export interface ExpiredSession {
  readonly sessionId: string;
  readonly runs: number;
  readonly nodes: number;
  /** Its place in the order of the page. */
  readonly place: ExpiryPage["after"];
}

/** A run whose time is over. */
export interface ExpiredRun {
  readonly runId: string;
  readonly nodes: number;
  /** The last moment of what goes with it: an event that names it may be newer than its end. */
  readonly upTo: string;
}

/** Up to when events go that name a run which ended then, and has expired. */
export function expiresUpTo(ended: string, ttlDays: number | null, { own, others }: Expiry): string {
  const upTo = own === null || ttlDays === null ? others : daysBefore(Date.parse(own), ttlDays);
  return upTo > ended ? upTo : ended;
}

/**
 * Whether the hour of the daily pass has come since the last one. A last one in the future tells of a clock that
 * was wrong, and does not count.
 */
export function isPassDue(nowMs: number, hourUtc: number, lastPassMs: number): boolean {
  const hourMs = hourUtc * HOUR_MS;
  const lastHourMs = Math.floor((nowMs - hourMs) / DAY_MS) * DAY_MS + hourMs;
  return lastPassMs < lastHourMs || lastPassMs > nowMs;
}
