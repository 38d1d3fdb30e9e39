import fs from "node:fs";
import type { Redactor } from "session-protocol/redaction";
import { parseObject } from "../conversation/fields.js";
import type { Attempts } from "../transcripts/attempts.js";
import { chunksOf, entryOf, type Chunk, type Entry } from "../transcripts/chunk.js";
import { SessionStoreError } from "../transcripts/errors.js";
import type { TranscriptKey } from "../transcripts/key.js";
import type { Places } from "../transcripts/places.js";
import { redactedText } from "../transcripts/redaction.js";
import { isAboutEntry, storeChunk } from "../transcripts/store-chunk.js";
import type { TranscriptClient } from "../transcripts/transcript-client.js";
import { TranscriptWriter } from "../transcripts/transcript-writer.js";
import { LineSource } from "./line-source.js";
import { StoredEntries } from "./stored-entries.js";

export interface KeepingParts {
  readonly client: TranscriptClient;
  readonly places: Places;
  readonly attempts: Attempts;
  readonly redactor: Redactor | undefined;
  readonly warn: (message: string) => void;
}

export interface KeptFile {
  readonly key: TranscriptKey;
  /** Its lines. */
  readonly file: string;
  /** Where Claude Code says who the sub-agent is. */
  readonly metadataFile?: string | undefined;
}

interface Opened {
  readonly stored: StoredEntries;
  readonly writer: TranscriptWriter;
}

/** Brings the lines of one transcript to the service, each once and in order; the file itself is what waits. */
export class KeptTranscript {
  readonly #parts: KeepingParts;
  readonly #kept: KeptFile;
  readonly #source: LineSource;
  #opened: Opened | undefined;
  #sending: Promise<void> | undefined;
  /** The service does not take the transcript at all. */
  #isRefused = false;
  #metadata: string | undefined;

  constructor(parts: KeepingParts, kept: KeptFile) {
    this.#parts = parts;
    this.#kept = kept;
    this.#source = new LineSource(kept.file);
  }

  get key(): TranscriptKey {
    return this.#kept.key;
  }

  /** Whether something is not known to be stored. */
  get isBehind(): boolean {
    if (this.#sending !== undefined) return true;
    return this.#source.hasNext() || this.metadataEntry() !== this.#metadata;
  }

  /** Sends what is new, unless it does so already. Resolves when that is stored, or cannot be. */
  send(): Promise<void> {
    if (this.#isRefused) return Promise.resolve();
    this.#sending ??= this.#run().then(
      () => (this.#sending = undefined),
      (error: unknown) => this.#giveUp(error),
    );
    return this.#sending;
  }

  /** Its lines as they are to be kept, for who reads them besides. */
  lines(): LineSource {
    return new LineSource(this.#kept.file);
  }

  /** Without credentials, where they are to be taken out. */
  cleaned(entry: Entry): Entry {
    const { redactor } = this.#parts;
    return redactor === undefined ? entry : { ...entry, text: redactedText(entry.text, redactor) };
  }

  /** Who the sub-agent is, as the Agent SDK stores it. Undefined: it is none, or that is being written. */
  metadataEntry(): string | undefined {
    const { metadataFile } = this.#kept;
    try {
      const fields =
        metadataFile === undefined ? undefined : parseObject(fs.readFileSync(metadataFile, "utf8"));
      if (fields === undefined) return this.#metadata;
      return this.cleaned(entryOf(JSON.stringify({ type: "agent_metadata", ...fields }))).text;
    } catch {
      return this.#metadata;
    }
  }

  async #run(): Promise<void> {
    for (;;) {
      const opened = await this.#current();
      if (opened === undefined) return;
      await this.#sendMetadata(opened);
      const next = this.#source.peek();
      if (next === undefined) return;
      const entries = next.entries.map((entry) => this.cleaned(entry));
      await this.#store(
        opened,
        entries.filter((entry) => !opened.stored.has(entry)),
      );
      if (this.#parts.attempts.isStopped) return;
      this.#source.advance(next.end);
    }
  }

  /** What the service has is read anew when the file was written anew: all its lines come again. */
  async #current(): Promise<Opened | undefined> {
    if (this.#source.wasRewritten()) this.#opened = undefined;
    this.#opened ??= await this.#parts.attempts.until(() => this.#open());
    return this.#opened;
  }

  async #open(): Promise<Opened> {
    const { client, places } = this.#parts;
    const place = await places.locate(this.key);
    const stored = await StoredEntries.read(client.entries(place));
    return { stored, writer: new TranscriptWriter(client, place) };
  }

  async #sendMetadata(opened: Opened): Promise<void> {
    const metadata = this.metadataEntry();
    if (metadata === undefined || metadata === this.#metadata) return;
    if (!opened.stored.hasMetadata(metadata)) await this.#store(opened, [entryOf(metadata)]);
    if (!this.#parts.attempts.isStopped) this.#metadata = metadata;
  }

  async #store({ writer }: Opened, entries: readonly Entry[]): Promise<void> {
    const { attempts, warn } = this.#parts;
    const write = (chunk: Chunk): Promise<void> => writer.write(chunk);
    for (const chunk of chunksOf(entries)) {
      const refusal = await storeChunk(attempts, write, chunk);
      if (refusal === undefined) continue;
      if (!isAboutEntry(refusal)) throw refusal;
      warn(`an entry of a transcript is not kept: ${refusal.message}`);
    }
  }

  #giveUp(error: unknown): void {
    this.#sending = undefined;
    this.#isRefused = true;
    const reason = error instanceof SessionStoreError ? error.message : String(error);
    this.#parts.warn(`a transcript is not kept: ${reason}`);
  }
}
