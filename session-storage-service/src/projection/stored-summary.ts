import fs from "node:fs";
import path from "node:path";
import { Metadata } from "session-protocol";
import { metadataOf, type StoredMetadata } from "../domain/documents.js";
import type { DerivedSeqs } from "../domain/run-documents.js";
import { evolve } from "../domain/session.js";
import type { PackedSummary } from "./index-messages.js";
import { decodeEvent, LOG_KINDS, offsetOf, seqOf } from "./log-line.js";

/** A line's seq and offset stand within this many bytes of its start. */
const HEAD_BYTES = 64;
const TAIL_BYTES = 4_096;
const NEWLINE = 0x0a;

interface LogEnd {
  readonly bytes: number;
  readonly seq: number;
  readonly offset: number;
}

/** The offset of a session's first event, by which sessions are in the order they were made; 0 where it has none. */
export function firstOffset(folder: string): number {
  const head = readRange(path.join(folder, "events.jsonl"), () => ({ start: 0, length: HEAD_BYTES }));
  return offsetOf(head.bytes.toString("latin1"));
}

/** `damage` says what is wrong with the session's files, where something is. */
export interface FoundSummary {
  readonly summary?: PackedSummary;
  readonly damage?: string;
  /** Ages of the documents with its runs and its usage, where they are known. */
  readonly derived?: DerivedSeqs | undefined;
  /** Seq of the last event it has from another session. */
  readonly takenOver?: number;
}

/**
 * A session's summary from its files. Without a usable metadata.json it is made of what the first and the
 * last lines of the logs tell. There is none of a fork whose history was not copied to its end.
 */
export function readSummary(folder: string, sessionId: string): FoundSummary {
  const ends = LOG_KINDS.map((kind) => logEnd(path.join(folder, `${kind}.jsonl`)));
  const last = ends.reduce((a, b) => (b.seq > a.seq ? b : a));
  const { content, derived, damage } = readMetadata(folder, sessionId);
  const metadata = content ?? derivedMetadata(folder, sessionId, last.seq);
  if (metadata === undefined || isUnfinished(metadata))
    return { ...(damage === undefined ? {} : { damage }) };
  const summary: PackedSummary = {
    metadata: JSON.stringify(metadata),
    firstOffset: firstOffset(folder),
    lastOffset: last.offset,
    storageBytes: ends.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  const takenOver = metadata.forkedFrom?.seq ?? 0;
  return { summary, derived, takenOver, ...(damage === undefined ? {} : { damage }) };
}

function isUnfinished({ forkedFrom, seq }: Metadata): boolean {
  return forkedFrom !== null && seq < forkedFrom.seq;
}

/** The document as it stands in the file, fields we do not know included. */
function readMetadata(
  folder: string,
  sessionId: string,
): { content?: Metadata; derived?: DerivedSeqs | undefined; damage?: string } {
  try {
    const content: unknown = JSON.parse(fs.readFileSync(path.join(folder, "metadata.json"), "utf8"));
    const metadata = Metadata.parse(content);
    const { derived, ...rest } = content as Metadata & Partial<StoredMetadata>;
    if (metadata.sessionId === sessionId) return { content: rest, derived };
    return { damage: `metadata.json is that of session ${metadata.sessionId}` };
  } catch (error) {
    return { damage: `metadata.json: ${(error as Error).message}` };
  }
}

/** What the session was when it was created, with the seq it has reached. */
function derivedMetadata(folder: string, sessionId: string, seq: number): Metadata | undefined {
  const event = decodeEvent("events", sessionId, firstLine(path.join(folder, "events.jsonl")));
  if (event?.type !== "session_created") return undefined;
  const derived = Metadata.safeParse({ ...metadataOf(evolve(undefined, event)), seq });
  return derived.data;
}

function firstLine(file: string): string {
  for (let length = TAIL_BYTES; ; length *= 8) {
    const { bytes, size } = readRange(file, () => ({ start: 0, length }));
    const end = bytes.indexOf(NEWLINE);
    if (end >= 0) return bytes.toString("latin1", 0, end);
    if (bytes.length >= size) return "";
  }
}

/** The log's last whole line; what follows it was never written to its end. */
function logEnd(file: string): LogEnd {
  for (let length = TAIL_BYTES; ; length *= 8) {
    const { bytes, start, size } = readRange(file, (total) => ({
      start: Math.max(0, total - length),
      length,
    }));
    const end = bytes.lastIndexOf(NEWLINE);
    const begin = end < 1 ? -1 : bytes.lastIndexOf(NEWLINE, end - 1);
    const whole = begin >= 0 || (start === 0 && end >= 0);
    if (whole) {
      const head = bytes.toString("latin1", begin + 1, begin + 1 + HEAD_BYTES);
      return { bytes: size, seq: seqOf(head), offset: offsetOf(head) };
    }
    if (start === 0) return { bytes: size, seq: 0, offset: 0 };
  }
}

/** Bytes of a file, none where it does not exist. */
function readRange(
  file: string,
  range: (size: number) => { start: number; length: number },
): { bytes: Buffer; start: number; size: number } {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { bytes: Buffer.alloc(0), start: 0, size: 0 };
  }
  try {
    const { size } = fs.fstatSync(descriptor);
    const { start, length } = range(size);
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - start)));
    const read = fs.readSync(descriptor, bytes, 0, bytes.length, start);
    return { bytes: bytes.subarray(0, read), start, size };
  } finally {
    fs.closeSync(descriptor);
  }
}
