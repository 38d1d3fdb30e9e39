import type { EventType } from "./events.js";
import type { JsonObject } from "./json.js";

/** What recorded events wait for the service, in milliseconds, at most: who says more has a clock that is wrong. */
const MAX_DELAY_MS = 7 * 86_400_000;

/**
 * When an event happened, in epoch milliseconds: as its sender says where that can be true, else when it was stored.
 * Nothing happens after it was stored.
 */
export function happenedAtMs(storedMs: number, sent: unknown): number {
  const sentMs = typeof sent === "string" ? Date.parse(sent) : NaN;
  return sentMs <= storedMs && sentMs >= storedMs - MAX_DELAY_MS ? sentMs : storedMs;
}

/** Milliseconds that something took; 0 where it does not say, or more than anything is believed of. */
export function tookMs(durationMs: unknown): number {
  return typeof durationMs === "number" && durationMs > 0 && durationMs <= MAX_DELAY_MS ? durationMs : 0;
}

/** Milliseconds that a call took: as it says, else since when it says it began. Undefined where it says neither. */
export function callTookMs({ durationMs, startedAt }: JsonObject, endMs: number): number | undefined {
  if (typeof durationMs === "number") return tookMs(durationMs);
  const spanMs = typeof startedAt === "string" ? tookMs(endMs - Date.parse(startedAt)) : 0;
  return spanMs === 0 ? undefined : spanMs;
}

/** Whether an event tells of something that went wrong. */
export function saysFailure({
  type,
  data,
}: {
  readonly type: EventType;
  readonly data: JsonObject;
}): boolean {
  if (type === "execution_failed" || type === "session_interrupted") return true;
  if (type === "state_updated" || type === "metadata_updated") return false;
  const { status, error } = data;
  return (
    isError(error) ||
    status === "failed" ||
    status === "failure" ||
    (type === "action" && data.type === "error")
  );
}

function isError(error: unknown): boolean {
  return error != null && error !== false && error !== "";
}
