import type { TranscriptAppendResult } from "session-protocol";
import { isStored, type Chunk } from "./chunk.js";
import { Unanswered } from "./errors.js";
import type { TranscriptKey } from "./key.js";
import type { TranscriptClient } from "./transcript-client.js";

/** What is kept of a session beside its entries, and follows from them in order. */
export interface SummaryOf {
  /** As it is with `chunk` behind the first `total` entries. @throws Unanswered */
  after(total: number, chunk: Chunk): Promise<object>;
  /** The last answer is the summary of the first `total` entries. */
  stored(total: number): void;
  forget(): void;
}

/** So many others may come first before it is left for later. */
const MAX_ROUNDS = 20;
const OTHERS = { failure: "others append to the transcript all the time" };
/** Tells whoever reads summaries that there is none of what was just appended. */
const NONE = {};

/**
 * Appends to one transcript, each chunk once. A request that was not answered may have been stored, and one may arrive
 * twice: it names the number of entries it goes behind, and where there are more by now, what they are tells.
 */
export class TranscriptWriter {
  readonly #client: TranscriptClient;
  readonly #key: TranscriptKey;
  readonly #summary: SummaryOf | undefined;
  /** Entries the transcript had, when this writer last heard of it. */
  #total: number | undefined;
  /** A request that may have been stored, if the transcript had so many entries when it came. */
  #unsure: { readonly chunk: Chunk; readonly after: number } | undefined;

  constructor(client: TranscriptClient, key: TranscriptKey, summary?: SummaryOf) {
    this.#client = client;
    this.#key = key;
    this.#summary = key.subpath === undefined ? summary : undefined;
  }

  /** Resolves when the chunk is stored. After an error it is to be called with the same one. @throws Unanswered */
  async write(chunk: Chunk): Promise<void> {
    if (this.#summary === undefined && chunk.entries.every(({ isUnique }) => isUnique)) {
      this.#total = (await this.#send(chunk, this.#withoutSummary())).total;
      return;
    }
    for (let round = 0; round < MAX_ROUNDS; round += 1) if (await this.#place(chunk)) return;
    throw new Unanswered(OTHERS);
  }

  /** False: others were first, or an attempt before this one, and it is to be looked again. */
  async #place(chunk: Chunk): Promise<boolean> {
    const after = (this.#total ??= await this.#client.total(this.#key));
    if (await this.#wasStored(chunk, after)) return true;
    const summary = (await this.#summary?.after(after, chunk)) ?? this.#withoutSummary();
    this.#unsure = { chunk, after };
    try {
      await this.#took(await this.#send(chunk, summary, after));
      return true;
    } catch (error) {
      if (!hasMoved(error)) throw error;
      this.#total = undefined;
      return false;
    }
  }

  async #wasStored(chunk: Chunk, total: number): Promise<boolean> {
    const unsure = this.#unsure;
    if (unsure?.chunk !== chunk || unsure.after === total) return false;
    const isThere = await isStored(chunk, unsure.after, this.#client.entries(this.#key));
    this.#unsure = undefined;
    return isThere;
  }

  async #took({ stored, duplicates, total }: TranscriptAppendResult): Promise<void> {
    this.#unsure = undefined;
    this.#total = total;
    if (stored > 0 && duplicates === 0) this.#summary?.stored(total);
    if (stored > 0 && duplicates > 0) await this.#amend(total);
  }

  /** A summary was made of entries that were there already as if they were new. */
  async #amend(total: number): Promise<void> {
    this.#summary?.forget();
    if (this.#summary === undefined) return;
    try {
      const summary = await this.#summary.after(total, { entries: [] });
      await this.#send({ entries: [] }, summary, total);
      this.#summary.stored(total);
    } catch {
      // The next append reads all entries again.
      this.#summary.forget();
    }
  }

  #send({ entries }: Chunk, summary: object | undefined, ifMatch?: number): Promise<TranscriptAppendResult> {
    const texts = entries.map(({ text }) => text);
    return this.#client.append(this.#key, { entries: texts, summary, ifMatch });
  }

  #withoutSummary(): object | undefined {
    return this.#key.subpath === undefined ? NONE : undefined;
  }
}

/** The transcript has not as many entries as the request named. */
const hasMoved = (error: unknown): boolean =>
  error instanceof Unanswered && "status" in error.reply && error.reply.status === 412;
