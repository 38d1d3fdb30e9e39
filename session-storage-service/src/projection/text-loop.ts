import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { TextIndexer } from "./text-indexer.js";

/** From how busy a main thread on text indexing steps back, and to which part of the time. */
const BUSY_PERCENT = 50;
const REST_PER_WORK_WHEN_BUSY = 9;
const RETRY_AFTER_ERROR_MS = 5_000;
/** How long ago what a search waits for may have been recorded. */
const RECENT_MS = 5_000;
const POLL_MS = 20;

/** Runs the text indexer in the gaps between messages: at full speed while the service is idle, at a tenth while it is busy. */
export class TextLoop {
  #timer: NodeJS.Timeout | undefined;
  #runAtMs = Infinity;
  #restUntilMs = 0;
  #stopped = false;

  constructor(
    private readonly indexer: Pick<TextIndexer, "step" | "stepFor">,
    private readonly busyPercent: () => number,
    private readonly nowMs: () => number,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** There may be something to do. */
  wake(delayMs = 0): void {
    // Read once: Node 24 warns of a delay below zero.
    const nowMs = this.nowMs();
    const runAtMs = Math.max(this.#restUntilMs, nowMs + delayMs);
    if (this.#stopped || runAtMs >= this.#runAtMs) return;
    clearTimeout(this.#timer);
    this.#runAtMs = runAtMs;
    this.#timer = setTimeout(() => this.#run(), runAtMs - nowMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /**
   * Resolves once everything announced up to now is searchable, or after `waitMs`. With a session
   * only that one is waited for. What is left from before the start is not waited for.
   */
  async catchUp(sessionId: string | undefined, waitMs: number): Promise<void> {
    const startedMs = this.nowMs();
    while (!this.#stopped && this.nowMs() - startedMs < waitMs) {
      const state = this.#stepFor(startedMs - RECENT_MS, sessionId);
      if (state === "nothing") return;
      await (state === "more" ? nextTurn() : pause(POLL_MS));
    }
  }

  #stepFor(sinceMs: number, sessionId: string | undefined): ReturnType<TextIndexer["stepFor"]> {
    try {
      return this.indexer.stepFor(sinceMs, sessionId);
    } catch (error) {
      this.failed(error);
      return "nothing";
    }
  }

  #run(): void {
    this.#runAtMs = Infinity;
    const startedMs = this.nowMs();
    const delayMs = this.#step();
    const tookMs = this.nowMs() - startedMs;
    if (this.busyPercent() >= BUSY_PERCENT)
      this.#restUntilMs = startedMs + tookMs * (1 + REST_PER_WORK_WHEN_BUSY);
    if (delayMs !== Infinity) this.wake(delayMs);
  }

  #step(): number {
    try {
      return this.indexer.step();
    } catch (error) {
      this.failed(error);
      return RETRY_AFTER_ERROR_MS;
    }
  }
}
