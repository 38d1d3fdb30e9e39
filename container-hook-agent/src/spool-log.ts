import fs from "node:fs";
import type { ProducerReport } from "session-protocol";
import { endsSession } from "./event-line.js";
import { prefix, type QueuedEvent } from "./outbox.js";
import {
  countLines,
  NEWLINE,
  readDocument,
  readLines,
  segmentPath,
  segmentsIn,
  writeDocument,
  writeWhole,
  type Position,
  type SpoolDocument,
} from "./spool-files.js";

/** A spooled event, with where its line begins and where the next one does. */
interface SpooledEvent extends QueuedEvent {
  readonly at: Position;
  readonly end: Position;
}

interface Segment {
  readonly number: number;
  bytes: number;
  /** Undefined for one that another process wrote. */
  events: number | undefined;
}

/**
 * The unsent events of one producer on disk: lines in numbered segments, oldest first, and `spool.json` with the
 * producer's totals and how far they have been sent. Nothing is synced: it outlives the process, not the machine.
 * Synchronous, in small pieces, so that what a process does last can be the same as what it always does.
 */
export class SpoolLog {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #segments: Segment[];
  /** Read and not yet answered for, oldest first: never dropped to make room. */
  readonly #window: SpooledEvent[] = [];
  #producer: ProducerReport;
  #read: Position;
  #size: number;
  #file: number | undefined;

  private constructor(folder: string, segmentBytes: number, { producer, read, events }: SpoolDocument) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
    this.#producer = producer;
    this.#read = read;
    this.#size = events;
    const kept = segmentsIn(folder).filter(({ number }) => number >= read.segment);
    this.#segments = kept.map((segment) => ({ ...segment, events: undefined }));
  }

  /** @throws where the folder cannot be written to */
  static create(folder: string, segmentBytes: number, producer: ProducerReport): SpoolLog {
    return new SpoolLog(folder, segmentBytes, { producer, read: { segment: 1, offset: 0 }, events: 0 });
  }

  /** What another process left, or undefined where it left nothing to send. */
  static open(folder: string, segmentBytes: number): SpoolLog | undefined {
    const log = new SpoolLog(folder, segmentBytes, readDocument(folder));
    return log.head(1, 1).length > 0 ? log : undefined;
  }

  /** Where the count was lost or is wrong, what is unread says at least whether there is anything. */
  get size(): number {
    return this.#segments.some((segment) => !this.#isDoneWith(segment)) ? Math.max(1, this.#size) : 0;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get producer(): ProducerReport {
    return this.#producer;
  }

  /**
   * Writes events after all others, all or none. The first `inFlight` of them are about to be answered for.
   * @throws where the disk does not take them
   */
  append(events: readonly QueuedEvent[], inFlight: number, producer: ProducerReport): void {
    const segment = this.#writable();
    const text = Buffer.from(events.map(({ line }) => `${line}\n`).join(""));
    const before = { producer: this.#producer, size: this.#size };
    this.#producer = producer;
    this.#size += events.length;
    try {
      this.#writeDocument();
      writeWhole(this.#file as number, text, segment.bytes);
    } catch (error) {
      this.#producer = before.producer;
      this.#size = before.size;
      throw error;
    }
    this.#expect(events.slice(0, inFlight), segment);
    segment.bytes += text.length;
    if (segment.events !== undefined) segment.events += events.length;
  }

  /** The oldest events that fit one request: none only if there are none. They stay. */
  head(maxEvents: number, maxBytes: number): readonly QueuedEvent[] {
    while (this.#window.length === 0 && this.#fill());
    return prefix(this.#window.slice(0, maxEvents), maxBytes);
  }

  /** The oldest `count` of those read are answered for. */
  consume(count: number): readonly QueuedEvent[] {
    return this.remove(new Set(Array(count).keys()));
  }

  /** Those at `positions` of what was read are answered for. */
  remove(positions: ReadonlySet<number>): readonly QueuedEvent[] {
    const reached = this.#window.splice(0, Math.max(-1, ...positions) + 1);
    const gone = reached.filter((_, position) => positions.has(position));
    this.#window.unshift(...reached.filter((_, position) => !positions.has(position)));
    this.#size -= gone.length;
    this.#read = this.#window[0]?.at ?? reached.at(-1)?.end ?? this.#read;
    this.#forget();
    return gone;
  }

  /** Gives up the oldest segment none of whose events was read. Answers how many events that were; 0: there is none. */
  dropOldest(): number {
    const after = this.#window.at(-1)?.at.segment ?? 0;
    const index = this.#segments.findIndex(({ number }) => number > after);
    const segment = this.#segments[index];
    if (segment === undefined || segment.bytes === 0) return 0;
    const isPartlySent = segment.number === this.#read.segment;
    const from = isPartlySent ? this.#read.offset : 0;
    const events =
      isPartlySent || segment.events === undefined ? countLines(this.#pathOf(segment), from) : segment.events;
    if (index === this.#segments.length - 1) this.#closeFile();
    this.#segments.splice(index, 1);
    fs.rmSync(this.#pathOf(segment), { force: true });
    this.#size -= events;
    this.#producer = { ...this.#producer, dropped: this.#producer.dropped + events };
    return events;
  }

  /** Counts events of its producer that another process found to be lost. */
  addDropped(events: number): void {
    this.#producer = { ...this.#producer, dropped: this.#producer.dropped + events };
    this.#forget();
  }

  /** Notes the producer's totals for whoever sends the rest. */
  report(producer: ProducerReport): void {
    this.#producer = producer;
    this.#writeDocument();
  }

  close(): void {
    this.#closeFile();
  }

  /** The segment to write to: a new one when the last is full, or is not this process's. */
  #writable(): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && this.#file !== undefined && last.bytes < this.#segmentBytes) return last;
    this.#closeFile();
    const number = Math.max(this.#read.segment, last?.number ?? 0) + 1;
    const segment = { number, bytes: 0, events: 0 };
    this.#file = fs.openSync(this.#pathOf(segment), "wx", 0o600);
    this.#segments.push(segment);
    return segment;
  }

  /** Puts events that are being sent, and were just written, where they would stand had they been read. */
  #expect(events: readonly QueuedEvent[], segment: Segment): void {
    let offset = segment.bytes;
    for (const event of events) {
      const at = { segment: segment.number, offset };
      offset += event.bytes;
      this.#window.push({ ...event, at, end: { segment: segment.number, offset } });
    }
  }

  /** Reads on. False: there is nothing more to read. */
  #fill(): boolean {
    const segment = this.#segments.find((each) => !this.#isDoneWith(each));
    if (segment === undefined) return false;
    const offset = segment.number === this.#read.segment ? this.#read.offset : 0;
    const chunk = readLines(this.#pathOf(segment), offset);
    if (chunk.length > 0) this.#take(chunk, segment.number, offset);
    else {
      // What is left of it is a line that was cut short, or it was deleted.
      this.#read = { segment: segment.number, offset: segment.bytes };
      this.#forget();
    }
    return true;
  }

  #take(chunk: Buffer, segment: number, offset: number): void {
    for (let start = 0; start < chunk.length;) {
      const next = chunk.indexOf(NEWLINE, start) + 1;
      const line = chunk.toString("utf8", start, next - 1);
      const at = { segment, offset: offset + start };
      const end = { segment, offset: offset + next };
      this.#window.push({ line, bytes: next - start, finalizes: endsSession(line), at, end });
      start = next;
    }
  }

  /**
   * Removes the segments that are done with. Where the disk does not take that, they are sent again by a later
   * process, which the service knows by their ids.
   */
  #forget(): void {
    try {
      for (let [oldest] = this.#segments; oldest && this.#isDoneWith(oldest); [oldest] = this.#segments) {
        this.#segments.shift();
        if (this.#segments.length === 0) this.#closeFile();
        fs.rmSync(this.#pathOf(oldest), { force: true });
      }
      this.#writeDocument();
    } catch {
      // As above.
    }
  }

  #isDoneWith({ number, bytes }: Segment): boolean {
    if (number !== this.#read.segment) return number < this.#read.segment || bytes === 0;
    return this.#read.offset >= bytes;
  }

  #pathOf({ number }: Pick<Segment, "number">): string {
    return segmentPath(this.#folder, number);
  }

  #closeFile(): void {
    if (this.#file !== undefined) fs.closeSync(this.#file);
    this.#file = undefined;
  }

  #writeDocument(): void {
    writeDocument(this.#folder, { producer: this.#producer, read: this.#read, events: this.#size });
  }
}
