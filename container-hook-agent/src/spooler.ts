import type { Backlog } from "./backlog.js";
import { slice } from "./waiting.js";

/** What has been in memory for so long, or up to twice as long, goes to disk. */
const WAIT_MS = 200;

/** Puts on disk what has waited in memory for a while, so that a process that is killed loses little. */
export class Spooler {
  readonly #backlog: Backlog;
  #timer: NodeJS.Timeout | undefined;
  /** How many events had been recorded at the last look. */
  #recorded = 0;
  #stopped = false;

  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  /** Something was queued. */
  wake(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#recorded = this.#backlog.totals.recorded;
    this.#timer = setTimeout(() => void this.#look(), WAIT_MS).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { recorded, pending } = this.#backlog.totals;
    let left = pending - (recorded - this.#recorded);
    await slice((enough) => {
      if (left <= 0 || this.#stopped) return true;
      const moved = this.#backlog.spill(left, enough);
      left -= moved;
      return moved === 0;
    });
    this.#timer = undefined;
    if (this.#backlog.totals.pending > 0) this.wake();
  }
}
