import type { FileHandle } from "node:fs/promises";
import { openIfThere, type OpenLog } from "./open-log.js";
import { offsetOf, seqOf, type LogKind } from "./log-line.js";

const CHUNK_BYTES = 64 * 1_024;
const PROBE_BYTES = 1_024;
/** Below this a range is read whole and searched in memory. */
const SCAN_BYTES = 64 * 1_024;

/** A log as it stood at one moment: so many bytes of the file, then lines not written to it yet. */
export interface LogSnapshot {
  readonly kind: LogKind;
  readonly path: string;
  readonly size: number;
  readonly pending: Buffer;
  /** Where the file is open already; a cursor on it leaves it so. */
  readonly file?: OpenLog | undefined;
}

/** By which of its two ascending numbers a log is read. */
export type Order = "seq" | "offset";
const PLACE = { seq: seqOf, offset: offsetOf };
/** Both numbers, and what follows them, stand within this many bytes of a line's start. */
export const PLACE_BYTES = 64;

/**
 * Reads a log's lines in order from the first whose seq (or offset) is greater than `after`.
 * Lines are latin1 strings, one character per byte, without their newline.
 */
export class LogCursor {
  #handle: OpenLog | undefined;
  #position = 0;
  /** Read into again and again: fresh memory costs more than the reading. */
  #buffer: Buffer | undefined;
  #carry = "";
  #lines: string[] = [];
  #next = 0;
  #place = Infinity;
  #pendingRead = false;

  private constructor(
    readonly snapshot: LogSnapshot,
    private readonly after: number,
    private readonly order: Order,
  ) {}

  static async open(snapshot: LogSnapshot, after: number, order: Order = "seq"): Promise<LogCursor> {
    const cursor = new LogCursor(snapshot, after, order);
    if (snapshot.size > 0) {
      cursor.#handle = snapshot.file ?? openIfThere(snapshot.path);
    }
    if (cursor.#handle !== undefined) {
      cursor.#position = after === 0 ? 0 : await seek(cursor.#handle, snapshot.size, after, order);
    }
    await cursor.advance(0);
    return cursor;
  }

  get kind(): LogKind {
    return this.snapshot.kind;
  }

  /** The line the cursor is at, undefined past the last one. */
  get line(): string | undefined {
    return this.#lines[this.#next];
  }

  /** Seq or offset of the line the cursor is at; 0 where it is damaged, `Infinity` past the last one. */
  get place(): number {
    return this.#place;
  }

  /** Moves past the current line without reading the disk; false where `advance` is needed. */
  step(): boolean {
    this.#moveTo(this.#next + 1);
    return this.#next < this.#lines.length;
  }

  /** Moves on by `count` lines, reading more where needed, to the next line that counts. */
  async advance(count = 1): Promise<void> {
    this.#moveTo(this.#next + count);
    for (;;) {
      if (this.#next >= this.#lines.length) {
        if (!(await this.#fill())) return;
      } else if (this.#place > this.after) return;
      else this.#moveTo(this.#next + 1);
    }
  }

  #moveTo(next: number): void {
    this.#next = next;
    const line = this.#lines[next];
    this.#place = line === undefined ? Infinity : PLACE[this.order](line);
  }

  async close(): Promise<void> {
    if (this.snapshot.file === undefined) await this.#handle?.close();
    this.#handle = undefined;
  }

  /** False where there is nothing more to read. */
  async #fill(): Promise<boolean> {
    this.#lines = [];
    this.#moveTo(0);
    const text = await this.#read();
    if (text === undefined) return false;
    const lines = (this.#carry + text).split("\n");
    this.#carry = lines.pop() ?? "";
    this.#lines = lines;
    this.#moveTo(0);
    return true;
  }

  async #read(): Promise<string | undefined> {
    const left = this.snapshot.size - this.#position;
    if (this.#handle !== undefined && left > 0) {
      this.#buffer ??= Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES));
      const buffer = this.#buffer;
      const { bytesRead } = await this.#handle.read(buffer, 0, Math.min(left, buffer.length), this.#position);
      this.#position = bytesRead === 0 ? this.snapshot.size : this.#position + bytesRead;
      return buffer.toString("latin1", 0, bytesRead);
    }
    if (this.#pendingRead || this.snapshot.pending.length === 0) return undefined;
    this.#pendingRead = true;
    this.#carry = "";
    return this.snapshot.pending.toString("latin1");
  }
}

type Readable = Pick<FileHandle, "read"> | OpenLog;

/**
 * Position of the first line with a seq (or offset) greater than `after`, by binary search over the bytes: the lines
 * of a log are in seq order. A damaged line counts as later than all.
 */
export async function seek(
  handle: Readable,
  size: number,
  after: number,
  order: Order = "seq",
): Promise<number> {
  let low = 0;
  let high = size;
  while (high - low > SCAN_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const start = await lineStart(handle, size, middle);
    if (start >= high || (await placeAt(handle, start, order)) > after) high = middle;
    else low = start + 1;
  }
  return scanFor(handle, size, await lineStart(handle, size, low), after, order);
}

/** Where the first line begins that does so at or after `position`. */
async function lineStart(handle: Readable, size: number, position: number): Promise<number> {
  if (position === 0) return 0;
  const buffer = Buffer.allocUnsafe(PROBE_BYTES);
  for (let at = position - 1; at < size; at += PROBE_BYTES) {
    const { bytesRead } = await handle.read(buffer, 0, PROBE_BYTES, at);
    const newline = buffer.subarray(0, bytesRead).indexOf(0x0a);
    if (newline !== -1) return at + newline + 1;
    if (bytesRead === 0) break;
  }
  return size;
}

const LINE_START = /^\{"seq":(\d+),"offset":(\d+),"id":"/;

/** The seq or offset that a line begins with; `Infinity` where it is damaged, if only behind the first digits. */
export function startOf(text: string, order: Order = "seq"): number {
  const numbers = LINE_START.exec(text);
  return numbers === null ? Infinity : Number(numbers[order === "seq" ? 1 : 2]);
}

async function placeAt(handle: Readable, position: number, order: Order): Promise<number> {
  const buffer = Buffer.allocUnsafe(PLACE_BYTES);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
  return startOf(buffer.toString("latin1", 0, bytesRead), order);
}

async function scanFor(
  handle: Readable,
  size: number,
  start: number,
  after: number,
  order: Order,
): Promise<number> {
  let position = start;
  while (position < size) {
    const end = Math.min(size, position + 2 * SCAN_BYTES);
    const buffer = Buffer.allocUnsafe(end - position);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return size;
    const found = firstAfter(buffer.subarray(0, bytesRead), after, order);
    if (found.at !== undefined) return position + found.at;
    position = found.scanned > 0 ? position + found.scanned : await lineStart(handle, size, position + 1);
  }
  return size;
}

/** `bytes` begin at a line's start. `scanned`: bytes of whole lines that come no later than `after`. */
function firstAfter(bytes: Buffer, after: number, order: Order): { at?: number; scanned: number } {
  let start = 0;
  for (;;) {
    const place = startOf(bytes.toString("latin1", start, start + PLACE_BYTES), order);
    if (place > after) return { at: start, scanned: start };
    const newline = bytes.indexOf(0x0a, start);
    if (newline === -1) return { scanned: start };
    start = newline + 1;
    if (start === bytes.length) return { scanned: start };
  }
}
