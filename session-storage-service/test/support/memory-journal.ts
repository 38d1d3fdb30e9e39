import { StorageUnavailable } from "../../src/domain/errors.js";
import type { EventBatch, StoredEvent } from "../../src/domain/events.js";
import type { AppendOutcome, Journal } from "../../src/domain/ports.js";

/** A journal whose commits succeed or fail when the test says so. */
export class MemoryJournal implements Journal {
  /** What is durable, in order. */
  readonly batches: EventBatch[] = [];
  /** Told of the first append since the last commit. */
  onWaiting: () => void = () => undefined;
  refusing = false;
  #head = 0;
  #queue: { readonly batch: EventBatch; readonly outcome: AppendOutcome }[] = [];

  get head(): number {
    return this.#head;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get events(): StoredEvent[] {
    return this.batches.flatMap(({ events }) => events);
  }

  append(batch: EventBatch, outcome: AppendOutcome): void {
    if (this.refusing) throw new StorageUnavailable("the journal takes nothing");
    this.#queue.push({ batch, outcome });
    if (this.#queue.length === 1) this.onWaiting();
  }

  commit(): void {
    for (const { batch, outcome } of this.#take()) {
      const firstOffset = this.#head + 1;
      this.#head += Math.max(1, batch.events.length);
      this.batches.push(batch);
      outcome.stored(firstOffset);
    }
  }

  fail(error: Error): void {
    for (const { outcome } of this.#take()) outcome.failed(error);
  }

  #take() {
    const queue = this.#queue;
    this.#queue = [];
    return queue;
  }
}
