import type { SessionEvent } from "session-protocol";
import { happenedMs } from "../session/mark.js";
import { clockText, durationText } from "../ui/format.js";

type Timed = Pick<SessionEvent, "timestamp" | "data">;

/** When it happened; both times where its sender's and the service's are apart. */
export function EventTime({ event }: { readonly event: Timed }) {
  const happened = new Date(happenedMs(event)).toISOString();
  const apart = timesApart(event);
  return (
    <time
      dateTime={happened}
      title={apart === undefined ? happened : `${happened}: ${apart}`}
      className={apart === undefined ? undefined : "apart"}
    >
      {clockText(happened)}
    </time>
  );
}

/** Less is the way of an event from its sender to the disk. */
const NOTABLE_MS = 5_000;

/** What is to be said where an event was stored long after it happened, or where its sender's clock is not believed. */
export function timesApart({ timestamp, data }: Timed): string | undefined {
  const storedMs = Date.parse(timestamp);
  const sentMs = typeof data.timestamp === "string" ? Date.parse(data.timestamp) : NaN;
  if (Number.isNaN(sentMs) || Math.abs(storedMs - sentMs) < NOTABLE_MS) return undefined;
  const laterMs = storedMs - happenedMs({ timestamp, data });
  if (laterMs > 0) return `stored ${durationText(laterMs)} later, at ${clockText(timestamp)}`;
  return `when it was stored; its sender's clock said ${new Date(sentMs).toISOString()}`;
}
