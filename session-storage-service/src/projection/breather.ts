import { performance, type EventLoopUtilization } from "node:perf_hooks";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";

/** From which part of the time on that others need a thread is busy, and what then is left to them. */
const BUSY = 0.5;
const REST_PER_WORK = 9;

/** Waits so many milliseconds. @throws when `signal` comes */
type Pause = (ms: number, signal?: AbortSignal) => Promise<unknown>;
/** How the thread was used since `before`. */
type Use = (before?: EventLoopUtilization) => EventLoopUtilization;

const pausing: Pause = (ms, signal) => pause(ms, undefined, signal === undefined ? {} : { signal });
const useOfThread: Use = (before) => performance.eventLoopUtilization(before);

/** Keeps long work on the main thread from taking what requests need: at a tenth of the time while they are many. */
export class Breather {
  #last = performance.eventLoopUtilization();

  constructor(
    private readonly pause: Pause = pausing,
    private readonly used: Use = useOfThread,
  ) {}

  /** To be called after each piece of work, with how long it kept the thread. */
  async breathe(workedMs: number): Promise<void> {
    const now = performance.eventLoopUtilization();
    const { active, idle } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    const isBusy = active - workedMs > BUSY * (active + idle);
    await (isBusy ? this.pause(workedMs * REST_PER_WORK) : nextTurn());
  }

  /**
   * To be called after work that took so long, waiting in between: what it took of the thread cannot be told
   * from what others did meanwhile, so they are watched for as long again.
   */
  async rest(tookMs: number, signal: AbortSignal): Promise<void> {
    const before = this.used();
    await this.pause(tookMs, signal);
    const { utilization } = this.used(before);
    if (utilization > BUSY) await this.pause(tookMs * (REST_PER_WORK - 1), signal);
  }
}
