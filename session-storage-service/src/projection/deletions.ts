import fs from "node:fs";
import { eventJson, type StoredEvent } from "../domain/events.js";
import { asLatin1 } from "./log-line.js";
import { append } from "./session-writer.js";

interface Deletion {
  readonly sessionId: string;
  readonly seq: number;
  readonly offset: number;
  readonly text: string;
}

/**
 * Remembers which sessions were deleted, for readers by offset that were away then. Memory holds where each
 * line stands, not what it says: there may be very many of them.
 */
export class Deletions {
  readonly #offsets: number[] = [];
  /** Where each one's line begins in the file, were what is unwritten already there. */
  readonly #starts: number[] = [];
  /** Bytes of the file that are whole lines. */
  #size: number;
  #unwritten = Buffer.alloc(0);

  constructor(private readonly file: string) {
    const bytes = fs.existsSync(file) ? fs.readFileSync(file) : Buffer.alloc(0);
    this.#size = bytes.lastIndexOf("\n") + 1;
    if (this.#size < bytes.length) fs.truncateSync(file, this.#size);
    for (let start = 0; start < this.#size;) {
      const end = bytes.indexOf("\n", start);
      const event = eventOf(bytes.toString("utf8", start, end));
      if (event !== undefined) this.#remember(event.offset, start);
      start = end + 1;
    }
  }

  /** Told again of one it knows, it does nothing. To be written by `flush`. */
  add(event: StoredEvent): void {
    // New ones come last; only the journal's replay tells of others again.
    if (event.offset <= (this.#offsets.at(-1) ?? 0) && this.#offsets.includes(event.offset)) return;
    this.#remember(event.offset, this.#size + this.#unwritten.length);
    this.#unwritten = Buffer.concat([this.#unwritten, Buffer.from(`${eventJson(event)}\n`)]);
  }

  /** Writes what is new. What the disk does not take stays waiting. @throws its error */
  flush(): void {
    if (this.#unwritten.length === 0) return;
    this.#size = append(this.file, this.#size, this.#unwritten);
    this.#unwritten = Buffer.alloc(0);
  }

  /** Writes all of it anew, for where what is read of it may not be on disk. */
  rewrite(): void {
    if (!fs.existsSync(this.file)) return;
    fs.copyFileSync(this.file, `${this.file}.new`);
    fs.renameSync(`${this.file}.new`, this.file);
  }

  between(after: number, upTo: number): Deletion[] {
    const starts = this.#starts.filter((_, index) => {
      const offset = this.#offsets[index] as number;
      return offset > after && offset <= upTo;
    });
    if (starts.length === 0) return [];
    const first = starts[0] as number;
    const bytes = this.#bytesFrom(first);
    return starts.map((start) => deletionAt(bytes, start - first));
  }

  #bytesFrom(start: number): Buffer {
    const written = Buffer.alloc(Math.max(0, this.#size - start));
    if (written.length > 0) readWhole(this.file, written, start);
    return Buffer.concat([written, this.#unwritten.subarray(Math.max(0, start - this.#size))]);
  }

  #remember(offset: number, start: number): void {
    this.#offsets.push(offset);
    this.#starts.push(start);
  }
}

function readWhole(file: string, bytes: Buffer, position: number): void {
  const descriptor = fs.openSync(file, "r");
  try {
    for (let read = 0; read < bytes.length;) {
      const count = fs.readSync(descriptor, bytes, read, bytes.length - read, position + read);
      if (count === 0) throw new Error(`${file} became shorter while it was read`);
      read += count;
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

function deletionAt(bytes: Buffer, start: number): Deletion {
  const line = bytes.toString("utf8", start, bytes.indexOf("\n", start));
  const { sessionId, seq, offset } = JSON.parse(line) as StoredEvent;
  return { sessionId, seq, offset, text: asLatin1(line) };
}

/** Undefined where the line is damaged: what was not synced the journal still has. */
function eventOf(line: string): StoredEvent | undefined {
  try {
    return JSON.parse(line) as StoredEvent;
  } catch {
    return undefined;
  }
}
