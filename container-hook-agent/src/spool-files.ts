import fs from "node:fs";
import path from "node:path";
import type { ProducerReport } from "session-protocol";

export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** `events` is what is unsent; where the process was killed while it wrote, a few more than there are. */
export interface SpoolDocument {
  readonly producer: ProducerReport;
  readonly read: Position;
  readonly events: number;
}

export const NEWLINE = 0x0a;
const CHUNK_BYTES = 1024 * 1024;
const SEGMENT_NAME = /^(\d{6,})\.jsonl$/;
const DOCUMENT_NAME = "spool.json";

export function segmentPath(folder: string, number: number): string {
  return path.join(folder, `${String(number).padStart(6, "0")}.jsonl`);
}

/** Oldest first. */
export function segmentsIn(folder: string): { number: number; bytes: number }[] {
  const numbers = fs.readdirSync(folder).flatMap((name) => Number(SEGMENT_NAME.exec(name)?.[1] ?? NaN));
  const found = numbers.filter((number) => !Number.isNaN(number)).sort((a, b) => a - b);
  return found.map((number) => ({ number, bytes: fs.statSync(segmentPath(folder, number)).size }));
}

/** Where it cannot be read, all segments are unsent, and what the producer recorded in all is not known. */
export function readDocument(folder: string): SpoolDocument {
  try {
    const document = JSON.parse(fs.readFileSync(path.join(folder, DOCUMENT_NAME), "utf8")) as SpoolDocument;
    const { producer, read, events } = document;
    const numbers = [producer.recorded, producer.dropped, read.segment, read.offset, events];
    if (typeof producer.id === "string" && numbers.every(Number.isSafeInteger)) return document;
  } catch {
    // As if it were not there.
  }
  const producer = { id: path.basename(folder), recorded: 0, dropped: 0 };
  return { producer, read: { segment: 1, offset: 0 }, events: 0 };
}

/** By rename, so that a process that is killed leaves the former one. */
export function writeDocument(folder: string, document: SpoolDocument): void {
  const file = path.join(folder, DOCUMENT_NAME);
  fs.writeFileSync(`${file}.new`, JSON.stringify(document), { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}

/** Whole lines from `offset` on, at least one if there is any: a line that was cut short is none. */
export function readLines(file: string, offset: number): Buffer {
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, "r");
    for (let size = CHUNK_BYTES; ; size *= 2) {
      const buffer = Buffer.allocUnsafe(size);
      const read = fs.readSync(fd, buffer, 0, size, offset);
      const end = buffer.lastIndexOf(NEWLINE, read - 1) + 1;
      if (read === 0 || end > 0 || read < size) return buffer.subarray(0, read === 0 ? 0 : end);
    }
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

export function countLines(file: string, offset: number): number {
  let count = 0;
  for (let from = offset; ;) {
    const lines = readLines(file, from);
    if (lines.length === 0) return count;
    for (const byte of lines) if (byte === NEWLINE) count += 1;
    from += lines.length;
  }
}

/** @throws what the disk says, having taken back what it took */
export function writeWhole(fd: number, bytes: Buffer, offset: number): void {
  try {
    for (let done = 0; done < bytes.length;) {
      done += fs.writeSync(fd, bytes, done, bytes.length - done, offset + done);
    }
  } catch (error) {
    fs.ftruncateSync(fd, offset);
    throw error;
  }
}
