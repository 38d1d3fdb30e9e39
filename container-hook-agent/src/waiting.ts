interface Progress {
  readonly size: number;
  readonly settled: number;
  /** Events that came to be sent before what was queued already. */
  readonly ahead: number;
}

interface Waiter {
  /** What `settled` is then, but for events that came ahead. */
  readonly settled: number;
  readonly untilFailure: boolean;
  readonly done: () => void;
}

/** Those who wait until what is queued has been answered for. They keep the process alive; nothing else here does. */
export class Waiters {
  readonly #progress: Progress;
  readonly #waiters = new Set<Waiter>();

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** Resolves once all that is queued now is settled, or after `timeoutMs`, or when an attempt fails. */
  wait(timeoutMs: number, untilFailure: boolean): Promise<void> {
    const { size, settled, ahead } = this.#progress;
    if (size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      const waiter: Waiter = { settled: settled + size - ahead, untilFailure, done };
      this.#waiters.add(waiter);
    });
  }

  /** Lets those go whose events are settled, and all of them where nothing is left. */
  release(): void {
    const { size, settled, ahead } = this.#progress;
    for (const waiter of [...this.#waiters])
      if (size === 0 || settled >= waiter.settled + ahead) waiter.done();
  }

  /** An attempt has failed, and will be repeated. */
  releaseImpatient(): void {
    for (const waiter of [...this.#waiters]) if (waiter.untilFailure) waiter.done();
  }

  releaseAll(): void {
    for (const waiter of [...this.#waiters]) waiter.done();
  }
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** As a timer takes it: a longer time would be no time at all. */
export function timerMs(given: number | undefined, otherwiseMs: number): number {
  const ms = given ?? otherwiseMs;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), MAX_TIMER_MS);
}

/** A pause that can be ended early. */
export function pause(ms: number): { readonly done: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    end = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { done, end };
}

/** What one turn of the host's event loop is held up for at most, unless a single event takes longer. */
const SLICE_MS = 3;

/** Calls `work` until it says that it is done, in slices between which the host has its turn. */
export async function slice(work: (enough: () => boolean) => boolean): Promise<void> {
  for (;;) {
    const startedMs = performance.now();
    if (work(() => performance.now() - startedMs > SLICE_MS)) return;
    // An immediate that does not keep the process alive does not wake its event loop either; a timer does.
    await new Promise<void>((resolve) => {
      setTimeout(resolve).unref();
    });
  }
}
