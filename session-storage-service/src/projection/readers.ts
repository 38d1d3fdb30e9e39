import type { History } from "../domain/reading.js";

/** Counts who is in the middle of reading a session. */
export class Readers {
  readonly #counts = new Map<string, number>();

  isReading(sessionId: string): boolean {
    return this.#counts.has(sessionId);
  }

  /** The same history, whose readings are counted from their first step to their last. */
  counting(history: History): History {
    const pieces = <T>(sessionId: string, work: AsyncIterable<T>) => this.#pieces(sessionId, work);
    const whole = <T>(sessionId: string, work: () => Promise<T>) => this.#whole(sessionId, work);
    return {
      events: (id, selection) => pieces(id, history.events(id, selection)),
      ndjson: (id, range) => pieces(id, history.ndjson(id, range)),
      entries: (id, log, selection) => pieces(id, history.entries(id, log, selection)),
      tail: (id, log, count, selection) => whole(id, () => history.tail(id, log, count, selection)),
      stateAt: (id, seq) => whole(id, () => history.stateAt(id, seq)),
      verify: (id) => whole(id, () => history.verify(id)),
      allEvents: (after) => history.allEvents(after),
    };
  }

  async *#pieces<T>(sessionId: string, work: AsyncIterable<T>): AsyncGenerator<T> {
    this.#add(sessionId, 1);
    try {
      yield* work;
    } finally {
      this.#add(sessionId, -1);
    }
  }

  async #whole<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    this.#add(sessionId, 1);
    try {
      return await work();
    } finally {
      this.#add(sessionId, -1);
    }
  }

  #add(sessionId: string, change: 1 | -1): void {
    const count = (this.#counts.get(sessionId) ?? 0) + change;
    if (count === 0) this.#counts.delete(sessionId);
    else this.#counts.set(sessionId, count);
  }
}
