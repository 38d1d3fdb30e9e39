import type { SessionEvent } from "session-protocol";
import type { SentEvent, Write } from "./ledger.js";

/** What stored events have against what was sent and acknowledged. Empty when every promise was kept. */
export function discrepancies(stored: readonly SessionEvent[], writes: readonly Write[]): string[] {
  return [
    ...numbering(stored),
    ...strangers(stored, writes),
    ...writes.flatMap((write) => unkept(write, stored)),
  ];
}

function numbering(stored: readonly SessionEvent[]): string[] {
  const seen = new Set<string>();
  return stored.flatMap((event, index) => {
    const faults: string[] = [];
    if (event.seq !== index + 1) faults.push(`seq ${event.seq} stands where ${index + 1} belongs`);
    if (event.offset <= (stored[index - 1]?.offset ?? 0)) faults.push(`offset ${event.offset} does not grow`);
    if (seen.has(event.id)) faults.push(`id ${event.id} is stored twice`);
    seen.add(event.id);
    return faults;
  });
}

/** Only the service's own `session_created` may be there without having been sent. */
function strangers(stored: readonly SessionEvent[], writes: readonly Write[]): string[] {
  const sent = new Map(writes.flatMap(({ events }) => events.map((event) => [event.id, event])));
  return stored.flatMap((event, index) => {
    if (index === 0 && event.type === "session_created") return [];
    const original = sent.get(event.id);
    if (!original) return [`seq ${event.seq} (${event.type}) was never sent`];
    return isSame(event, original) ? [] : [`seq ${event.seq} differs from what was sent`];
  });
}

function isSame(event: SessionEvent, sent: SentEvent): boolean {
  return event.type === sent.type && event.data.marker === sent.data.marker;
}

function unkept(write: Write, stored: readonly SessionEvent[]): string[] {
  const first = write.firstSeq ?? firstSeqOf(write, stored);
  if (first === undefined) return [];
  return write.events.flatMap(({ id }, index) => {
    const there = stored[first - 1 + index]?.id;
    if (there === id) return [];
    const standing = write.firstSeq === undefined ? "in doubt, stored in part" : "acknowledged";
    return [`seq ${first + index} of ${write.writer} (${standing}) is ${there ?? "missing"}, not ${id}`];
  });
}

/** Where a write in doubt begins, if any of it was stored. */
function firstSeqOf({ events }: Write, stored: readonly SessionEvent[]): number | undefined {
  const ids = new Map(events.map(({ id }, index) => [id, index]));
  for (const { id, seq } of stored) {
    const index = ids.get(id);
    if (index !== undefined) return seq - index;
  }
  return undefined;
}
