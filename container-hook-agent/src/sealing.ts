import { createHash } from "node:crypto";
import type { Redactor } from "session-protocol/redaction";
import { dataOf } from "./event-line.js";
import type { QueuedEvent } from "./outbox.js";

export interface SealingOptions {
  /** Undefined: nothing is redacted. */
  readonly redactor: Redactor | undefined;
  /** UTF-8 bytes of one string; what is longer is cut. */
  readonly maxStringBytes: number;
  readonly onRedacted: (kind: string) => void;
}

/** Makes events fit to leave the process: without credentials, and no larger than the service takes. */
export interface Seal {
  (event: QueuedEvent): QueuedEvent;
  /** Several, at much less cost for each. */
  readonly together?: (events: readonly QueuedEvent[]) => readonly QueuedEvent[];
}

/** Of the 1 MiB the service takes for an event. */
const MAX_EVENT_BYTES = 1_000_000;
const LEAST_STRING_BYTES = 1_024;
/** What is redacted beyond the cut, so that no credential is cut in two and missed. */
const OVERLAP = 16 * 1024;

/**
 * Most events hold nothing to take out, which a look at their text tells; only the others are parsed and written
 * again. Off the caller's path: it takes as long as the event is large.
 */
export function createSeal({ redactor, maxStringBytes, onRedacted }: SealingOptions): Seal {
  let hits: string[] = [];
  const clean = createCleaner(redactor, (kind) => void hits.push(kind));
  const isShort = ({ bytes, held }: QueuedEvent): boolean => held === undefined && bytes <= maxStringBytes;
  const isHarmless = (event: QueuedEvent): boolean =>
    event.isSealed === true || (isShort(event) && redactor?.mayMatch(event.line) !== true);
  const rewritten = (event: QueuedEvent): QueuedEvent => {
    const { data, ...envelope } = JSON.parse(event.line) as { data: unknown };
    let sealed: string;
    let maxBytes = maxStringBytes;
    do {
      hits = [];
      sealed = JSON.stringify({ ...envelope, data: clean(data, event.held ?? NOTHING, maxBytes) });
      maxBytes = Math.floor(maxBytes / 4);
    } while (Buffer.byteLength(sealed) > MAX_EVENT_BYTES && maxBytes >= LEAST_STRING_BYTES);
    for (const kind of hits) onRedacted(kind);
    return sealedAs(event, sealed);
  };
  const seal = (event: QueuedEvent): QueuedEvent => (isHarmless(event) ? event : rewritten(event));
  const together = (events: readonly QueuedEvent[]): readonly QueuedEvent[] => {
    const suspects = new Set(events.filter((event) => !isHarmless(event)));
    if (suspects.size === 0) return events;
    const short = [...suspects].filter(isShort);
    const cleaned = redactor === undefined ? NONE : cleanedAtOnce(short, redactor, onRedacted);
    return events.map((event) => (suspects.has(event) ? (cleaned.get(event) ?? rewritten(event)) : event));
  };
  return Object.assign(seal, { together });
}

type Held = ReadonlyMap<string, string>;
const NOTHING: Held = new Map();

type Clean = (from: unknown, held: Held, maxBytes: number) => unknown;

/** What is parsed without its credentials, and with its long strings cut. */
function createCleaner(redactor: Redactor | undefined, onHit: (kind: string) => void): Clean {
  const text = (from: string, maxBytes: number): string => {
    const head = from.length > maxBytes + OVERLAP ? from.slice(0, maxBytes + OVERLAP) : from;
    const clean = redactor?.text(head, onHit) ?? head;
    if (head === from && Buffer.byteLength(from) <= maxBytes) return clean;
    return cut(clean, maxBytes, from);
  };
  const value: Clean = (from, held, maxBytes) => {
    if (typeof from === "string") return text(held.get(from) ?? from, maxBytes);
    if (typeof from !== "object" || from === null) return from;
    if (Array.isArray(from)) return from.map((item) => value(item, held, maxBytes));
    return Object.fromEntries(Object.entries(from).map((entry) => field(entry, held, maxBytes)));
  };
  const field = ([key, inner]: [string, unknown], held: Held, maxBytes: number): [string, unknown] => {
    const name = redactor?.text(key, onHit) ?? key;
    const kind = typeof inner === "string" && inner !== "" ? redactor?.fieldKind(key) : undefined;
    if (kind === undefined) return [name, value(inner, held, maxBytes)];
    onHit(kind);
    return [name, `[redacted:${kind}]`];
  };
  return value;
}

const NONE: ReadonlyMap<QueuedEvent, QueuedEvent> = new Map();

/** Those of the events of which that can be done. */
function cleanedAtOnce(
  events: readonly QueuedEvent[],
  redactor: Redactor,
  onRedacted: (kind: string) => void,
): ReadonlyMap<QueuedEvent, QueuedEvent> {
  const data = events.map(({ line }) => dataOf(line));
  const clean = redactor.lines(data, onRedacted);
  const entries = events.flatMap((event, index): [QueuedEvent, QueuedEvent][] => {
    const [before = "", after] = [data[index], clean[index]];
    if (after === undefined) return [];
    return [[event, sealedAs(event, event.line.slice(0, event.line.length - before.length) + after)]];
  });
  return new Map(entries);
}

function sealedAs({ held: _, ...rest }: QueuedEvent, line: string): QueuedEvent {
  return { ...rest, line, bytes: Buffer.byteLength(line) + 1, isSealed: true };
}

/** The beginning of `text`, and what the whole of it was. */
function cut(text: string, maxBytes: number, whole: string): string {
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = Math.min(maxBytes, bytes.length);
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  const sha256 = createHash("sha256").update(whole).digest("hex");
  return `${bytes.toString("utf8", 0, end)}[truncated: ${Buffer.byteLength(whole)} bytes, sha256 ${sha256}]`;
}

/** A byte of UTF-8 that is not the first of its character. */
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
