/** Longer than this the thread that answers everybody is not to be kept waiting: half of what a round of files may take. */
const FAST_MS = 1;
/** What one sync more counts for in what is expected of the next. */
const WEIGHT = 1 / 4;

/** Whether the disk has been quick of late, so that waiting for it costs less than waking another thread. */
export class SyncPace {
  #expectedMs = Infinity;

  get isFast(): boolean {
    return this.#expectedMs <= FAST_MS;
  }

  took(syncMs: number): void {
    const before = this.#expectedMs;
    this.#expectedMs = before === Infinity ? syncMs : before + (syncMs - before) * WEIGHT;
  }
}
