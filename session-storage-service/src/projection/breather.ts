import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";

/** From which part of the time on that others need a thread is busy, and what then is left to them. */
const BUSY = 0.5;
const REST_PER_WORK = 9;

/** Keeps long work on the main thread from taking what requests need: at a tenth of the time while they are many. */
export class Breather {
  #last = performance.eventLoopUtilization();

  /** To be called after each piece of work, with how long it kept the thread. */
  async breathe(workedMs: number): Promise<void> {
    const now = performance.eventLoopUtilization();
    const { active, idle } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    const isBusy = active - workedMs > BUSY * (active + idle);
    await (isBusy ? pause(workedMs * REST_PER_WORK) : nextTurn());
  }
}
