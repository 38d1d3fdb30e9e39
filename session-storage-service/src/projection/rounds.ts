/** Share of the time that rounds may take: a round is followed by a pause of so many times its length. */
const PAUSE_FACTOR = 25;
/** A round gives the event loop back after so long. */
const SLICE_MS = 2;
/** The same for work that may be late, as long as that pause is no longer than `mostMs`. */
const PATIENCE = { factor: 200, mostMs: 2_000 } as const;

export interface RoundsOptions<T> {
  readonly minPauseMs: number;
  /** May be late: where rounds are long, they keep others waiting less often. */
  readonly patient?: boolean;
  /** Pause after a round in which some work threw. */
  readonly retryMs: number;
  readonly work: (item: T) => void;
  readonly onError: (item: T, error: Error) => void;
}

/**
 * Works through marked items: at once when there is little to do, in rounds that take a bounded share of
 * the time when there is much. An item whose work throws stays marked.
 */
export class Rounds<T> {
  readonly #marked = new Set<T>();
  #left = 0;
  #spentMs = 0;
  #failed = false;
  #failing = false;
  #scheduled = false;
  #nextAtMs = 0;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #drained: (() => void)[] = [];

  constructor(private readonly options: RoundsOptions<T>) {}

  /** Whether some work of the last round threw. */
  get isFailing(): boolean {
    return this.#failing;
  }

  mark(item: T): void {
    this.#marked.add(item);
    this.#schedule();
  }

  unmark(item: T): void {
    this.#marked.delete(item);
  }

  /** Everything marked, now. Errors go to `onError`. */
  runAll(): void {
    this.#left = this.#marked.size;
    while (this.#left > 0) this.#runNext();
    this.#endRound(0);
  }

  /** Works through what is marked now without a pause, but in slices; resolves when done. */
  drain(): Promise<void> {
    if (this.#marked.size === 0) return Promise.resolve();
    clearTimeout(this.#timer);
    this.#left = this.#marked.size;
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#scheduled = true;
      setImmediate(this.#slice);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#closed = true;
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    const waitMs = this.#nextAtMs - performance.now();
    if (waitMs <= 0) setImmediate(this.#slice);
    else this.#timer = setTimeout(this.#slice, waitMs);
  }

  readonly #slice = (): void => {
    if (this.#closed) return;
    const startedMs = performance.now();
    if (this.#left === 0) this.#left = this.#marked.size;
    while (this.#left > 0) {
      this.#runNext();
      if (performance.now() - startedMs > SLICE_MS) break;
    }
    this.#spentMs += performance.now() - startedMs;
    if (this.#left > 0) {
      setImmediate(this.#slice);
      return;
    }
    this.#scheduled = false;
    this.#endRound(this.#spentMs);
    for (const resolve of this.#drained.splice(0)) resolve();
    if (this.#marked.size > 0) this.#schedule();
  };

  #endRound(roundMs: number): void {
    const { minPauseMs, retryMs, patient = false } = this.options;
    const patientMs = patient ? Math.min(PATIENCE.mostMs, roundMs * PATIENCE.factor) : 0;
    const pauseMs = this.#failed ? retryMs : Math.max(minPauseMs, roundMs * PAUSE_FACTOR, patientMs);
    this.#nextAtMs = performance.now() + pauseMs;
    this.#failing = this.#failed;
    this.#failed = false;
    this.#spentMs = 0;
  }

  #runNext(): void {
    this.#left -= 1;
    for (const item of this.#marked) {
      this.#marked.delete(item);
      try {
        this.options.work(item);
      } catch (error) {
        this.#marked.add(item);
        this.#failed = true;
        this.options.onError(item, error as Error);
      }
      return;
    }
    this.#left = 0;
  }
}
