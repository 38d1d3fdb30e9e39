import type { Logger } from "pino";
import type { FileJournal } from "./journal/journal.js";
import type { SyncFailure } from "./projection/sync-failure.js";

export interface CheckpointParts {
  readonly journal: FileJournal;
  readonly log: Logger;
  /** Resolves once the session files and the index hold everything durably. */
  readonly settle: () => Promise<void>;
  readonly syncFailure: SyncFailure;
}

/** Lets the journal go of what is safe elsewhere. One thing at a time. */
export class Checkpoints {
  #last: Promise<unknown> = Promise.resolve();
  #syncFailed = false;

  constructor(private readonly parts: CheckpointParts) {}

  /**
   * Retires the journal up to `offset` once the session files and the index hold all of it durably. After a
   * failed sync the kernel may call pages clean that it dropped: nothing is retired then until the next start, which
   * writes anew what the journal holds.
   */
  make(offset: number): Promise<void> {
    return this.between(async () => {
      try {
        await this.parts.settle();
        if (this.#syncFailed) return;
        this.parts.syncFailure.forget();
        this.parts.journal.retire(offset);
      } catch (error) {
        this.#failed(error);
      }
    });
  }

  #failed(error: unknown): void {
    const { log, syncFailure } = this.parts;
    log.error({ err: error }, "checkpoint failed; the journal keeps its segments until the next");
    if (this.#syncFailed || (error as NodeJS.ErrnoException).syscall !== "fsync") return;
    this.#syncFailed = true;
    try {
      syncFailure.note();
    } catch (noting) {
      log.error({ err: noting }, "the failed sync cannot be noted for the next start");
    }
  }

  /** Does something while no checkpoint is being made. */
  between<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Retires all there is, but for what comes in meanwhile. Answers the first offset that is left. */
  async emptyJournal(): Promise<number> {
    const { journal } = this.parts;
    journal.endSegment();
    await this.make(journal.head);
    // Under load the segment ends with the commit that was on its way.
    await this.make(journal.head);
    return journal.firstOffset;
  }

  /** A last one. The next start has nothing to replay when the open segment is empty. */
  async close(): Promise<void> {
    const { journal, log } = this.parts;
    await journal.drain();
    await this.make(journal.head);
    try {
      if (journal.isHealthy) journal.startSegment();
    } catch (error) {
      log.warn({ err: error }, "no new segment at close; the next start replays this one");
    }
    await this.#last;
  }
}
