import { retryDelayMs, type Answer } from "../retry-delay.js";
import { pause } from "../waiting.js";
import { describeReply, Unanswered } from "./errors.js";

/** One thing after the other, each tried until it is done or refused for good. Its timers keep no process alive. */
export class Attempts {
  readonly #random: () => number;
  #isStopped = false;
  #resume: (() => void) | undefined;
  #failingSinceMs: number | undefined;
  #lastFailure = "no answer yet";

  constructor(random: () => number) {
    this.#random = random;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** How long it has been since anything was done, if the last attempt failed. */
  get failingForMs(): number {
    return this.#failingSinceMs === undefined ? 0 : performance.now() - this.#failingSinceMs;
  }

  get lastFailure(): string {
    return this.#lastFailure;
  }

  /** What `work` answers; undefined when stopped before that. @throws Unanswered where another attempt cannot help */
  async until<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (let attempt = 0; !this.#isStopped; attempt += 1) {
      try {
        const answer = await work();
        this.#failingSinceMs = undefined;
        return answer;
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        const delayMs = retryDelayMs(attempt, error.reply, this.#random);
        if (delayMs === undefined) throw error;
        this.#failingSinceMs ??= performance.now();
        this.#lastFailure = describeReply(error.reply);
        await this.#pause(delayMs, (error.reply as Partial<Answer>).retryAfterMs !== undefined);
      }
    }
    return undefined;
  }

  /** Someone waits: a backoff is cut short. What the service asked for with Retry-After is not. */
  hurry(): void {
    this.#resume?.();
  }

  stop(): void {
    this.#isStopped = true;
    this.#resume?.();
  }

  async #pause(delayMs: number, asked: boolean): Promise<void> {
    if (this.#isStopped) return;
    const { done, end } = pause(delayMs);
    this.#resume = () => {
      if (!asked || this.#isStopped) end();
    };
    await done;
    this.#resume = undefined;
  }
}
