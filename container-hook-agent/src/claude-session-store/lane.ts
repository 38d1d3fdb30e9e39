import { retryDelayMs, type Answer } from "../retry-delay.js";
import { halvesOf, type Chunk } from "../transcripts/chunk.js";
import { describeReply, SessionStoreError, Unanswered } from "../transcripts/errors.js";
import { within } from "../transcripts/persist.js";
import { refusedBy } from "../transcripts/transcript-client.js";
import type { TranscriptWriter } from "../transcripts/transcript-writer.js";
import { pause } from "../waiting.js";
import type { Delivery } from "./delivery.js";

export interface LaneOptions {
  /** @throws Unanswered */
  readonly open: () => Promise<TranscriptWriter>;
  readonly appendTimeoutMs: number;
  readonly random: () => number;
  readonly onSettled: (delivery: Delivery) => void;
}

/** Of a service that has been in trouble for long, each further call waits so long only. */
const IMPATIENT_MS = 1_000;
/** Statuses that are about an entry, and may not be about the others. */
const ENTRY_STATUSES: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * The appends to one transcript, one after the other. What is accepted is tried until it is stored or refused, however
 * long that takes and whether or not anybody waits for it: what comes later must not be stored without it.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #queue: Delivery[] = [];
  #writer: TranscriptWriter | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;
  #resume: (() => void) | undefined;
  #failingSinceMs: number | undefined;
  #lastFailure = "no answer yet";
  /** The last one that a caller was told is not stored, which he may call with again. */
  #doubted: Delivery | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#doubted === undefined;
  }

  get pending(): readonly Delivery[] {
    return this.#queue;
  }

  /** The delivery that a caller repeats, if it is that. */
  repeated(digest: string): Delivery | undefined {
    return this.#doubted?.digest === digest ? this.#doubted : undefined;
  }

  accept(delivery: Delivery): void {
    this.#doubted = undefined;
    this.#queue.push(delivery);
    this.#running ??= this.#run();
  }

  /** Resolves when it is stored. @throws SessionStoreError */
  async wait(delivery: Delivery): Promise<void> {
    const { appendTimeoutMs } = this.#options;
    this.#resume?.();
    const isLong =
      this.#failingSinceMs !== undefined && performance.now() - this.#failingSinceMs >= appendTimeoutMs;
    const timeoutMs = isLong ? Math.min(IMPATIENT_MS, appendTimeoutMs) : appendTimeoutMs;
    try {
      await within(delivery.settled, timeoutMs, () => this.#late());
      if (this.#doubted === delivery) this.#doubted = undefined;
    } catch (error) {
      this.#doubted = delivery;
      throw error;
    }
  }

  /** Resolves when what is accepted by now is stored or refused. @throws SessionStoreError */
  async idle(timeoutMs: number): Promise<void> {
    const last = this.#queue.at(-1)?.settled.catch(() => undefined);
    this.#resume?.();
    if (last !== undefined) await within(last, timeoutMs, () => this.#late());
  }

  /** Gives up what is not stored. Resolves when no request is in flight. */
  async stop(error: Error): Promise<void> {
    this.#isStopped = true;
    this.#resume?.();
    for (const delivery of this.#queue.splice(0)) this.#end(delivery, error);
    await this.#running;
  }

  #late(): SessionStoreError {
    return new SessionStoreError("unavailable", `${this.#lastFailure}; the entries are kept and sent again`);
  }

  async #run(): Promise<void> {
    for (let [next] = this.#queue; next !== undefined; [next] = this.#queue) {
      let refusal: Error | undefined;
      for (const chunk of next.chunks) refusal = (await this.#store(chunk)) ?? refusal;
      if (this.#isStopped) break;
      this.#queue.shift();
      this.#end(next, refusal);
    }
    this.#running = undefined;
  }

  #end(delivery: Delivery, error?: Error): void {
    this.#options.onSettled(delivery);
    delivery.settle(error);
  }

  /** Answers why it is not stored, if it never will be. */
  async #store(chunk: Chunk): Promise<Error | undefined> {
    for (let attempt = 0; !this.#isStopped; attempt += 1) {
      try {
        this.#writer ??= await this.#options.open();
        await this.#writer.write(chunk);
        this.#failingSinceMs = undefined;
        return undefined;
      } catch (error) {
        if (!(error instanceof Unanswered)) return error as Error;
        const delayMs = retryDelayMs(attempt, error.reply, this.#options.random);
        if (delayMs === undefined) return this.#refused(chunk, error);
        this.#failingSinceMs ??= performance.now();
        this.#lastFailure = describeReply(error.reply);
        await this.#pause(delayMs, (error.reply as Partial<Answer>).retryAfterMs !== undefined);
      }
    }
    return undefined;
  }

  /** Finds the entries that are to blame; the others are stored. */
  async #refused(chunk: Chunk, error: Unanswered): Promise<Error | undefined> {
    const isAboutEntries = ENTRY_STATUSES.has((error.reply as Answer).status);
    if (!isAboutEntries || chunk.entries.length === 1) return refusedBy(error);
    let refusal: Error | undefined;
    for (const half of halvesOf(chunk)) refusal = (await this.#store(half)) ?? refusal;
    return refusal;
  }

  async #pause(delayMs: number, asked: boolean): Promise<void> {
    const { done, end } = pause(delayMs);
    this.#resume = asked && !this.#isStopped ? undefined : end;
    if (this.#isStopped) end();
    await done;
    this.#resume = undefined;
  }
}
