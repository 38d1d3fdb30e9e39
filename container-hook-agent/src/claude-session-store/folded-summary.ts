import type { Chunk } from "../transcripts/chunk.js";
import type { SummaryOf } from "../transcripts/transcript-writer.js";
import type { FoldSessionSummary, SessionKey, SessionStoreEntry, SessionSummaryEntry } from "./types.js";

export interface FoldedSummaryOptions {
  readonly key: SessionKey;
  readonly fold: FoldSessionSummary;
  /** The entries of the transcript as they are stored. */
  readonly read: () => AsyncIterable<string>;
}

interface Folded {
  readonly total: number;
  readonly summary: SessionSummaryEntry | undefined;
}

const BATCH = 500;

/** The SDK's summary of a session, folded on with every append; from the beginning where others have appended. */
export class FoldedSummary implements SummaryOf {
  readonly #options: FoldedSummaryOptions;
  #folded: Folded | undefined;
  #next: SessionSummaryEntry | undefined;
  #isBroken = false;

  constructor(options: FoldedSummaryOptions) {
    this.#options = options;
  }

  async after(total: number, { entries }: Chunk): Promise<object> {
    if (this.#folded?.total !== total) this.#folded = await this.#read(total);
    const texts = entries.map(({ text }) => text);
    this.#next = this.#fold(this.#folded.summary, texts);
    return this.#next === undefined || this.#isBroken ? {} : { data: this.#next.data };
  }

  stored(total: number): void {
    this.#folded = { total, summary: this.#next };
  }

  forget(): void {
    this.#folded = undefined;
  }

  async #read(total: number): Promise<Folded> {
    if (total === 0) return { total, summary: undefined };
    let summary: SessionSummaryEntry | undefined;
    let count = 0;
    let batch: string[] = [];
    for await (const text of this.#options.read()) {
      if (count >= total) break;
      count += 1;
      batch.push(text);
      if (batch.length < BATCH) continue;
      summary = this.#fold(summary, batch);
      batch = [];
    }
    return { total, summary: this.#fold(summary, batch) };
  }

  /** The SDK's own function, given what it has written. Should it fail, there is no summary, and appends go on. */
  #fold(before: SessionSummaryEntry | undefined, texts: readonly string[]): SessionSummaryEntry | undefined {
    if (texts.length === 0) return before;
    try {
      const entries = texts.map((text) => JSON.parse(text) as SessionStoreEntry);
      return this.#options.fold(before, this.#options.key, entries);
    } catch {
      this.#isBroken = true;
      return undefined;
    }
  }
}
