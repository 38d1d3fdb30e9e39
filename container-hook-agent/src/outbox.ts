/** An event, encoded as its line of the batch. */
export interface QueuedEvent {
  readonly line: string;
  readonly bytes: number;
  /** Ends the session: nothing follows it in its batch, and a full outbox still takes it. */
  readonly finalizes?: boolean;
  /** Told once whether the service stored it; never told of an event still queued when the process ends. */
  readonly onSettled?: (stored: boolean) => void;
}

export interface OutboxLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** `recorded` = `sent` + `pending` + `dropped`, at any time. `rejected` is the part of `dropped` the service refused. */
export interface Counts {
  readonly recorded: number;
  readonly sent: number;
  readonly pending: number;
  readonly dropped: number;
  readonly rejected: number;
}

const FINALIZE_RESERVE = { events: 4, bytes: 1024 * 1024 };

/**
 * What was recorded and not yet acknowledged, oldest first, and the account of what became of it all.
 * Events in flight stay here, and count against the limits, until the service has answered for them.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #events: QueuedEvent[] = [];
  #bytes = 0;
  #sent = 0;
  #dropped = 0;
  #rejected = 0;
  #closed = false;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#events.length;
  }

  /** Events that have been answered for, one way or the other. */
  get settled(): number {
    return this.#sent + this.#rejected;
  }

  get counts(): Counts {
    const pending = this.size;
    const recorded = this.#sent + pending + this.#dropped;
    return { recorded, sent: this.#sent, pending, dropped: this.#dropped, rejected: this.#rejected };
  }

  /** False: it was dropped, and counted as such. */
  push(event: QueuedEvent): boolean {
    if (this.#closed || !this.#fits(event)) {
      this.drop(event);
      return false;
    }
    this.#events.push(event);
    this.#bytes += event.bytes;
    return true;
  }

  /** Counts an event that was recorded and cannot be queued. */
  drop(event?: QueuedEvent): void {
    this.#dropped += 1;
    event?.onSettled?.(false);
  }

  /** From now on everything recorded is dropped. What is queued stays. */
  close(): void {
    this.#closed = true;
  }

  /** The oldest events that fit one request: at least one, if there is any. They stay queued. */
  batch(maxEvents: number, maxBytes: number): readonly QueuedEvent[] {
    let bytes = 0;
    let count = 0;
    for (const event of this.#events) {
      bytes += event.bytes;
      if (count === maxEvents || (count > 0 && bytes > maxBytes)) break;
      count += 1;
      if (event.finalizes === true) break;
    }
    return this.#events.slice(0, count);
  }

  /** The oldest `count` are stored. */
  acknowledge(count: number): void {
    const stored = this.#events.splice(0, count);
    this.#sent += stored.length;
    this.#release(stored, true);
  }

  /** The service refused those at `positions`, counted from the oldest, for good. */
  reject(positions: ReadonlySet<number>): void {
    const reached = this.#events.splice(0, Math.max(...positions) + 1);
    const refused = reached.filter((_, position) => positions.has(position));
    this.#events.unshift(...reached.filter((_, position) => !positions.has(position)));
    this.#rejected += refused.length;
    this.#dropped += refused.length;
    this.#release(refused, false);
  }

  #fits(event: QueuedEvent): boolean {
    const reserve = event.finalizes === true ? FINALIZE_RESERVE : { events: 0, bytes: 0 };
    const { maxEvents, maxBytes } = this.#limits;
    return this.size < maxEvents + reserve.events && this.#bytes + event.bytes <= maxBytes + reserve.bytes;
  }

  #release(events: readonly QueuedEvent[], stored: boolean): void {
    for (const event of events) {
      this.#bytes -= event.bytes;
      event.onSettled?.(stored);
    }
  }
}
