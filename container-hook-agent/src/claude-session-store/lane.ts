import { Attempts } from "../transcripts/attempts.js";
import type { Chunk } from "../transcripts/chunk.js";
import { SessionStoreError } from "../transcripts/errors.js";
import { within } from "../transcripts/persist.js";
import { storeChunk } from "../transcripts/store-chunk.js";
import type { TranscriptWriter } from "../transcripts/transcript-writer.js";
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

/**
 * The appends to one transcript, one after the other. What is accepted is tried until it is stored or refused, however
 * long that takes and whether or not anybody waits for it: what comes later must not be stored without it.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #attempts: Attempts;
  readonly #queue: Delivery[] = [];
  #writer: TranscriptWriter | undefined;
  #running: Promise<void> | undefined;
  /** The last one that a caller was told is not stored, which he may call with again. */
  #doubted: Delivery | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options.random);
  }

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#doubted === undefined;
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
    this.#attempts.hurry();
    const isLong = this.#attempts.failingForMs >= appendTimeoutMs;
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
    this.#attempts.hurry();
    if (last !== undefined) await within(last, timeoutMs, () => this.#late());
  }

  /** Gives up what is not stored. Resolves when no request is in flight. */
  async stop(error: Error): Promise<void> {
    this.#attempts.stop();
    for (const delivery of this.#queue.splice(0)) this.#end(delivery, error);
    await this.#running;
  }

  #late(): SessionStoreError {
    const { lastFailure } = this.#attempts;
    return new SessionStoreError("unavailable", `${lastFailure}; the entries are kept and sent again`);
  }

  async #run(): Promise<void> {
    for (let [next] = this.#queue; next !== undefined; [next] = this.#queue) {
      let refusal: Error | undefined;
      for (const chunk of next.chunks) refusal = (await this.#store(chunk)) ?? refusal;
      if (this.#attempts.isStopped) break;
      this.#queue.shift();
      this.#end(next, refusal);
    }
    this.#running = undefined;
  }

  #end(delivery: Delivery, error?: Error): void {
    this.#options.onSettled(delivery);
    delivery.settle(error);
  }

  #store(chunk: Chunk): Promise<Error | undefined> {
    const write = async (part: Chunk): Promise<void> => {
      this.#writer ??= await this.#options.open();
      await this.#writer.write(part);
    };
    return storeChunk(this.#attempts, write, chunk);
  }
}
