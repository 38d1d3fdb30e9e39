import type { KeptTranscript } from "./kept-transcript.js";
import type { LineSource } from "./line-source.js";
import { TranscriptCopy } from "./transcript-copy.js";

/** What the spool may hold, shared by all that is in it. */
export interface SpoolRoom {
  readonly folder: string;
  readonly maxBytes: number;
  bytes: number;
}

/** Copies a transcript that the service does not have yet to the spool, piece by piece as it grows. */
export class SpooledTranscript {
  readonly #transcript: KeptTranscript;
  readonly #room: SpoolRoom;
  readonly #source: LineSource;
  #copy: TranscriptCopy | undefined;
  #bytes = 0;
  #metadata: string | undefined;

  constructor(transcript: KeptTranscript, room: SpoolRoom) {
    this.#transcript = transcript;
    this.#room = room;
    this.#source = transcript.lines();
  }

  /** Whether all of it is on disk. */
  get isComplete(): boolean {
    return !this.#source.hasNext() && this.#transcript.metadataEntry() === this.#metadata;
  }

  /** Copies a piece more. @throws where the disk does not take it, or the spool is full */
  extend(): void {
    if (this.#source.wasRewritten()) this.remove();
    const next = this.#source.peek();
    const metadata = this.#transcript.metadataEntry();
    const lines = (next?.entries ?? []).map((entry) => this.#transcript.cleaned(entry).text);
    if (metadata !== undefined && metadata !== this.#metadata) lines.push(metadata);
    if (lines.length > 0) this.#append(lines);
    if (next !== undefined) this.#source.advance(next.end);
    this.#metadata = metadata;
  }

  /** It is stored. */
  remove(): void {
    this.#copy?.remove();
    this.#copy = undefined;
    this.#room.bytes -= this.#bytes;
    this.#bytes = 0;
    this.#metadata = undefined;
  }

  /** Leaves it to another process. */
  release(): void {
    this.#copy?.release();
  }

  #append(lines: readonly string[]): void {
    const { folder, maxBytes, bytes } = this.#room;
    const size = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    if (bytes + size > maxBytes) throw new Error(`${maxBytes} bytes are in use already`);
    this.#copy ??= TranscriptCopy.create(folder, this.#transcript.key);
    this.#copy.append(lines);
    this.#bytes += size;
    this.#room.bytes += size;
  }
}
