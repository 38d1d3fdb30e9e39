import type { EventBatch } from "../domain/events.js";
import { isTranscriptChange, type TranscriptChange } from "../domain/transcript-changes.js";
import { decodeLine, type JournalRecord } from "./line.js";

const NAME = /^(\d{16})\.log$/;

/** A segment is named after the offset of its first event, so that names sort as offsets do. */
export function segmentName(firstOffset: number): string {
  return `${String(firstOffset).padStart(16, "0")}.log`;
}

/** First offsets of the segments among these file names, ascending. */
export function segmentOffsets(names: readonly string[]): number[] {
  return names
    .flatMap((name) => (NAME.exec(name)?.[1] !== undefined ? [Number(name.slice(0, 16))] : []))
    .sort((a, b) => a - b);
}

/** A line of a segment, intact or not. Positions are bytes from the segment's start. */
export interface ScannedLine {
  readonly start: number;
  readonly end: number;
  readonly number: number;
  readonly record: JournalRecord | undefined;
}

const NEWLINE = 0x0a;

/** Bytes up to the last that is not zero. */
export function writtenLength(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

/** Bytes of a segment without its room: zeros that follow the last line. */
export function contentLength(bytes: Buffer): number {
  const written = writtenLength(bytes);
  return written === 0 || bytes[written - 1] === NEWLINE ? written : bytes.length;
}

export function* scan(bytes: Buffer): Generator<ScannedLine> {
  const length = contentLength(bytes);
  let start = 0;
  for (let number = 1; start < length; number += 1) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? length : newline + 1;
    const record = decodeLine(bytes.subarray(start, end));
    const joined = record === undefined ? joinedLineAt(bytes, start, end) : end;
    yield { start, end: joined, number, record };
    if (joined < end) yield { start: joined, end, number, record: decodeLine(bytes.subarray(joined, end)) };
    start = end;
  }
}

/** Where in a damaged line an intact one begins, because the newline between them is damaged; `end` if nowhere. */
function joinedLineAt(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString("latin1", start, end);
  for (const { index } of text.matchAll(/[0-9a-f]{8} \{"/g)) {
    if (index > 0 && decodeLine(bytes.subarray(start + index, end)) !== undefined) return start + index;
  }
  return end;
}

/** Offset that follows the record. */
export function nextOffset(record: JournalRecord): number {
  if (record.kind === "loss") return record.nextOffset;
  return record.firstOffset + offsetsTaken(record.kind === "batch" ? record.batch : record.change);
}

/** What brings no events takes one offset, so that no two commits begin with the same. */
export function offsetsTaken(entry: EventBatch | TranscriptChange): number {
  return isTranscriptChange(entry) ? 1 : Math.max(1, entry.events.length);
}
