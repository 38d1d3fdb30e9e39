import fs from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { EventIds } from "../domain/event-ids.js";
import type { TranscriptAnswer, TranscriptAppended, TranscriptKey } from "../domain/transcript-changes.js";
import type { StoredTranscript } from "../domain/transcripts.js";
import { append } from "./session-writer.js";
import { answersFile, TranscriptAnswers } from "./transcript-answers.js";

const CHUNK_BYTES = 1_048_576;
const LF = 0x0a;

/** One transcript's file: where its entries stand, which uuids they have, and what is to be appended. */
export class TranscriptStream implements StoredTranscript {
  /** How many are working with it: until they are done it has to stay in memory. */
  holders = 0;
  /** Milliseconds since the epoch of the last append; 0 where there was none. */
  storedAtMs = 0;
  readonly answers: TranscriptAnswers;
  readonly #ids = new EventIds();
  /** Where each entry begins, were what is pending already written. */
  readonly #starts: number[] = [];
  #end = 0;
  /** Bytes of the file that are whole lines. */
  #size = 0;
  #pending: Buffer[] = [];

  private constructor(
    readonly key: TranscriptKey,
    readonly file: string,
  ) {
    this.answers = new TranscriptAnswers(answersFile(file));
  }

  static async load(key: TranscriptKey, file: string): Promise<TranscriptStream> {
    const stream = new TranscriptStream(key, file);
    for await (const line of linesOf(file)) stream.#note(line.length + 1, uuidOf(line.toString("utf8")));
    stream.#size = stream.#end;
    if (stream.total > 0) stream.storedAtMs = Math.round(fs.statSync(file).mtimeMs);
    return stream;
  }

  get total(): number {
    return this.#starts.length;
  }

  get isSettled(): boolean {
    return this.#pending.length === 0 && this.answers.isSettled;
  }

  /** What it takes in memory, without what is pending. */
  get tableBytes(): number {
    return this.#ids.bytes + this.#starts.length * 8 + this.answers.bytes;
  }

  answerTo(idempotencyKey: string): TranscriptAnswer | undefined {
    return this.answers.get(idempotencyKey);
  }

  add({ entries, timestamp, answer }: TranscriptAppended, uuids: readonly (string | undefined)[]): void {
    if (answer !== undefined) this.answers.add(answer);
    if (entries.length === 0) return;
    const lines = entries.map((entry) => Buffer.from(`${entry}\n`));
    for (const [index, line] of lines.entries()) this.#note(line.length, uuids[index]);
    this.#pending.push(...lines);
    this.storedAtMs = Date.parse(timestamp);
  }

  /** Appends what is pending. The file's time is that of the last append. @throws the disk's error */
  flush(): void {
    if (this.isSettled) return;
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    if (!this.answers.isSettled) this.answers.flush();
    if (this.#pending.length === 0) return;
    this.#size = append(this.file, this.#size, Buffer.concat(this.#pending));
    this.#pending = [];
    setFileTime(this.file, this.storedAtMs);
  }

  async holds(uuids: readonly string[]): Promise<ReadonlySet<string>> {
    const places = new Set(uuids.flatMap((uuid) => this.#ids.candidates(uuid)));
    const held = new Set<string>();
    if (places.size === 0) return held;
    const read = await this.#reader();
    try {
      for (const place of places) held.add(uuidOf(await read.line(place - 1)) ?? "");
    } finally {
      await read.close();
    }
    return new Set(uuids.filter((uuid) => held.has(uuid)));
  }

  async *lines(): AsyncGenerator<Buffer> {
    const [size, pending] = [this.#size, [...this.#pending]];
    for await (const chunk of chunksOf(this.file, size)) yield chunk;
    for (const line of pending) yield line;
  }

  #note(bytes: number, uuid: string | undefined): void {
    this.#starts.push(this.#end);
    this.#end += bytes;
    if (uuid !== undefined) this.#ids.add(uuid, this.total);
  }

  async #reader(): Promise<{ line(index: number): Promise<string>; close(): Promise<void> }> {
    const [size, pending] = [this.#size, Buffer.concat(this.#pending)];
    const handle = size > 0 ? await open(this.file, "r") : undefined;
    return {
      line: async (index) => {
        const start = this.#starts[index] ?? this.#end;
        const end = (this.#starts[index + 1] ?? this.#end) - 1;
        if (start >= size) return pending.toString("utf8", start - size, end - size);
        const { buffer } = (await handle?.read(Buffer.alloc(end - start), 0, end - start, start)) ?? {};
        return buffer?.toString("utf8") ?? "";
      },
      close: async () => handle?.close(),
    };
  }
}

/** The `uuid` of an entry that has one. A line that is no entry has none. */
function uuidOf(line: string): string | undefined {
  if (!line.includes('"uuid"') && !line.includes("\\u")) return undefined;
  try {
    const { uuid } = JSON.parse(line) as { uuid?: unknown };
    return typeof uuid === "string" ? uuid : undefined;
  } catch {
    return undefined;
  }
}

export function setFileTime(file: string, timeMs: number): void {
  fs.utimesSync(file, timeMs / 1_000, timeMs / 1_000);
}

/** The first `size` bytes of a file, or less where there is less. */
async function* chunksOf(file: string, size: number): AsyncGenerator<Buffer> {
  if (size === 0) return;
  const handle = await open(file, "r");
  try {
    for (let at = 0; at < size;) {
      const wanted = Math.min(CHUNK_BYTES, size - at);
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** The whole lines of a file, without their ends. None where there is no file. */
export async function* linesOf(file: string): AsyncGenerator<Buffer> {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let rest: Buffer[] = [];
  for await (const chunk of chunksOf(file, size)) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const part = chunk.subarray(start, end);
      yield rest.length === 0 ? part : Buffer.concat([...rest, part]);
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
}
