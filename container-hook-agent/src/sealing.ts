import { createHash } from "node:crypto";
import type { Redactor } from "session-protocol/redaction";
import type { QueuedEvent } from "./outbox.js";

export interface SealingOptions {
  /** Undefined: nothing is redacted. */
  readonly redactor: Redactor | undefined;
  /** UTF-8 bytes of one string; what is longer is cut. */
  readonly maxStringBytes: number;
  readonly onRedacted: (kind: string) => void;
}

/** Makes an event fit to leave the process: without credentials, and no larger than the service takes. */
export type Seal = (event: QueuedEvent) => QueuedEvent;

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
  const onHit = (kind: string): void => void hits.push(kind);

  const text = (from: string, maxBytes: number): string => {
    const head = from.length > maxBytes + OVERLAP ? from.slice(0, maxBytes + OVERLAP) : from;
    const clean = redactor?.text(head, onHit) ?? head;
    if (head === from && Buffer.byteLength(from) <= maxBytes) return clean;
    return cut(clean, maxBytes, from);
  };
  const value = (from: unknown, held: Held, maxBytes: number): unknown => {
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

  return (event) => {
    const { line, bytes, held, isSealed } = event;
    if (isSealed === true) return event;
    if (held === undefined && bytes <= maxStringBytes && redactor?.mayMatch(line) !== true) return event;
    const { data, ...envelope } = JSON.parse(line) as { data: unknown };
    let sealed: string;
    let maxBytes = maxStringBytes;
    do {
      hits = [];
      sealed = JSON.stringify({ ...envelope, data: value(data, held ?? NOTHING, maxBytes) });
      maxBytes = Math.floor(maxBytes / 4);
    } while (Buffer.byteLength(sealed) > MAX_EVENT_BYTES && maxBytes >= LEAST_STRING_BYTES);
    for (const kind of hits) onRedacted(kind);
    const { held: _, ...rest } = event;
    return { ...rest, line: sealed, bytes: Buffer.byteLength(sealed) + 1, isSealed: true };
  };
}

type Held = ReadonlyMap<string, string>;
const NOTHING: Held = new Map();

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
