import fs from "node:fs";
import { EventIds } from "../domain/event-ids.js";
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
 * Remembers which sessions were deleted, for readers by offset that were away then and for who repeats a
 * deletion. Memory holds where each line stands and hashes, not what it says: there may be very many of them.
 */
export class Deletions {
  readonly #offsets: number[] = [];
  /** Where each one's line begins in the file, were what is unwritten already there. */
  readonly #starts: number[] = [];
  /** Which of them, from 1 on, each was by its session and its own id. */
  readonly #ids = new EventIds();
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
      if (event !== undefined) this.#remember(event, start);
      start = end + 1;
    }
  }

  /** Told again of one it knows, it does nothing. To be written by `flush`. */
  add(event: StoredEvent): void {
    // New ones come last; only the journal's replay tells of others again.
    if (event.offset <= (this.#offsets.at(-1) ?? 0) && this.#offsets.includes(event.offset)) return;
    this.#remember(event, this.#size + this.#unwritten.length);
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

  /** What deleted a session of this id, under this id of its own. */
  find(sessionId: string, id: string): StoredEvent | undefined {
    for (const place of this.#ids.candidates(keyOf({ sessionId, id }))) {
      const bytes = this.#bytes(this.#starts[place - 1] as number, this.#starts[place]);
      const event = JSON.parse(bytes.toString("utf8", 0, bytes.indexOf("\n"))) as StoredEvent;
      if (event.sessionId === sessionId && event.id === id) return event;
    }
    return undefined;
  }

  between(after: number, upTo: number): Deletion[] {
    const starts = this.#starts.filter((_, index) => {
      const offset = this.#offsets[index] as number;
      return offset > after && offset <= upTo;
    });
    if (starts.length === 0) return [];
    const first = starts[0] as number;
    const bytes = this.#bytes(first);
    return starts.map((start) => deletionAt(bytes, start - first));
  }

  /** What stands there, whether it is written yet or not. */
  #bytes(start: number, end = this.#size + this.#unwritten.length): Buffer {
    const written = Buffer.alloc(Math.max(0, Math.min(end, this.#size) - start));
    if (written.length > 0) readWhole(this.file, written, start);
    const unwritten = this.#unwritten.subarray(
      Math.max(0, start - this.#size),
      Math.max(0, end - this.#size),
    );
    return Buffer.concat([written, unwritten]);
  }

  #remember(event: StoredEvent, start: number): void {
    this.#offsets.push(event.offset);
    this.#starts.push(start);
    this.#ids.add(keyOf(event), this.#starts.length);
  }
}

function keyOf({ sessionId, id }: Pick<StoredEvent, "sessionId" | "id">): string {
  return `${sessionId}\n${id}`;
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
