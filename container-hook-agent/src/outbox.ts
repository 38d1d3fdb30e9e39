import type { Seal } from "./sealing.js";

/** What became of an event for good. `reason` says in words why it was not stored. */
export type Settle = (stored: boolean, reason?: string) => void;

/** An event, encoded as its line of the batch. */
export interface QueuedEvent {
  readonly line: string;
  readonly bytes: number;
  /** Long strings by what stands for them in the line, until it is sealed. */
  readonly held?: ReadonlyMap<string, string>;
  /** It was not fit to leave the process, and has been made so. */
  readonly isSealed?: true;
  /** Ends the session: nothing follows it in its batch, and a full outbox still takes it. */
  readonly finalizes?: boolean;
  /** Told once what became of it; never told of an event still queued when the process ends. */
  readonly onSettled?: Settle;
}

export interface OutboxLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** `recorded` = `sent` + `pending` + `dropped` + what was moved to the spool. `rejected` is the part of `dropped` the service refused. */
export interface Counts {
  readonly recorded: number;
  readonly sent: number;
  readonly pending: number;
  readonly dropped: number;
  readonly rejected: number;
}

/** Events that are sealed at once: a small part of a slice of the host's event loop. */
const TOGETHER = { events: 64, bytes: 64 * 1024 };

const FINALIZE_RESERVE = { events: 4, bytes: 1024 * 1024 };

/**
 * What was recorded and is neither acknowledged nor spooled, oldest first, and the account of what became of it.
 * Events in flight stay here, and count against the limits, until the service has answered for them.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #seal: Seal;
  readonly #events: QueuedEvent[] = [];
  /** So many of the oldest are sealed. */
  #sealed = 0;
  #bytes = 0;
  #sent = 0;
  #dropped = 0;
  #rejected = 0;
  #unfit = 0;
  #moved = 0;
  #closed = false;

  constructor(limits: OutboxLimits, seal: Seal = (event) => event) {
    this.#limits = limits;
    this.#seal = seal;
  }

  get size(): number {
    return this.#events.length;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Events that were queued and have been answered for, or given up. */
  get settled(): number {
    return this.#sent + this.#rejected + this.#unfit;
  }

  get counts(): Counts {
    const pending = this.size;
    const recorded = this.#sent + pending + this.#dropped + this.#moved;
    return { recorded, sent: this.#sent, pending, dropped: this.#dropped, rejected: this.#rejected };
  }

  /** Whether it would take the event now. */
  accepts({ bytes, finalizes }: QueuedEvent): boolean {
    const reserve = finalizes === true ? FINALIZE_RESERVE : { events: 0, bytes: 0 };
    const { maxEvents, maxBytes } = this.#limits;
    const fits = this.size < maxEvents + reserve.events && this.#bytes + bytes <= maxBytes + reserve.bytes;
    return fits && !this.#closed;
  }

  /** An event with its long strings cut already: one that would not fit may then. */
  shrunk(event: QueuedEvent): QueuedEvent {
    return event.held === undefined ? event : this.#seal(event);
  }

  /** False: it was dropped, and counted as such. */
  push(event: QueuedEvent): boolean {
    if (!this.accepts(event)) {
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
    event?.onSettled?.(false, this.#closed ? "the hook agent is closed" : "there is no room for it");
  }

  /** From now on everything recorded is dropped. What is queued stays. */
  close(): void {
    this.#closed = true;
  }

  /** Makes the oldest `count` fit to leave the process, until `enough`. True once all of them are. */
  seal(count: number, enough: () => boolean = () => false): boolean {
    while (this.#sealed < Math.min(count, this.size) && !enough()) this.#sealSome(count - this.#sealed);
    return this.#sealed >= Math.min(count, this.size);
  }

  /** The oldest events that fit one request, sealed: at least one, if there is any. They stay queued. */
  batch(maxEvents: number, maxBytes: number): readonly QueuedEvent[] {
    this.seal(maxEvents);
    return prefix(this.#events.slice(0, maxEvents), maxBytes);
  }

  /**
   * Seals and takes out the oldest, at least `least` and at most `most` and `maxBytes`, until `enough`, if `spool` takes
   * them.
   */
  move(
    { least, most, maxBytes }: { readonly least: number; readonly most: number; readonly maxBytes: number },
    spool: (events: readonly QueuedEvent[]) => boolean,
    enough: () => boolean = () => false,
  ): number {
    let count = 0;
    for (let bytes = 0; count < most; count += 1) {
      if (count === this.#sealed) {
        if (count >= least && enough()) break;
        this.seal(Math.min(most, count + TOGETHER.events));
      }
      if (count === this.#sealed) break;
      bytes += this.#events[count]?.bytes ?? 0;
      if (count >= least && bytes > maxBytes) break;
    }
    if (count === 0 || !spool(this.#events.slice(0, count))) return 0;
    for (const { bytes } of this.#take(count)) this.#bytes -= bytes;
    this.#moved += count;
    return count;
  }

  /** The oldest `count` are stored. */
  acknowledge(count: number): void {
    const stored = this.#take(count);
    this.#sent += stored.length;
    this.#release(stored, true);
  }

  /** The service refused those at `positions`, counted from the oldest, for good. */
  reject(positions: ReadonlySet<number>, reason?: string): readonly QueuedEvent[] {
    const reached = this.#take(Math.max(...positions) + 1);
    const refused = reached.filter((_, position) => positions.has(position));
    const rest = reached.filter((_, position) => !positions.has(position));
    this.#events.unshift(...rest);
    this.#sealed += rest.length;
    this.#rejected += refused.length;
    this.#dropped += refused.length;
    this.#release(refused, false, reason);
    return refused;
  }

  #take(count: number): QueuedEvent[] {
    const taken = this.#events.splice(0, count);
    this.#sealed = Math.max(0, this.#sealed - taken.length);
    return taken;
  }

  #sealSome(most: number): void {
    const from = this.#sealed;
    const due = this.#events.slice(from, from + Math.min(most, TOGETHER.events));
    const some = prefix(due, TOGETHER.bytes);
    try {
      const sealed = this.#seal.together?.(some) ?? some.map((event) => this.#seal(event));
      sealed.forEach((event, index) => {
        this.#events[from + index] = event;
        this.#bytes += event.bytes - (some[index]?.bytes ?? 0);
      });
      this.#sealed += sealed.length;
    } catch {
      for (let left = some.length; left > 0; left -= 1) this.#sealNext();
    }
  }

  #sealNext(): void {
    const event = this.#events[this.#sealed] as QueuedEvent;
    try {
      const sealed = this.#seal(event);
      this.#events[this.#sealed] = sealed;
      this.#bytes += sealed.bytes - event.bytes;
      this.#sealed += 1;
    } catch {
      // What cannot be looked through for credentials must not leave the process.
      this.#events.splice(this.#sealed, 1);
      this.#bytes -= event.bytes;
      this.#dropped += 1;
      this.#unfit += 1;
      event.onSettled?.(false, "it could not be made fit to leave the process");
    }
  }

  #release(events: readonly QueuedEvent[], stored: boolean, reason?: string): void {
    for (const event of events) {
      this.#bytes -= event.bytes;
      event.onSettled?.(stored, reason);
    }
  }
}

/** The first events that together fit `maxBytes`, and one in any case. */
export function prefix<T extends { readonly bytes: number; readonly finalizes?: boolean }>(
  events: readonly T[],
  maxBytes: number,
): readonly T[] {
  let bytes = 0;
  let count = 0;
  for (const event of events) {
    bytes += event.bytes;
    if (count > 0 && bytes > maxBytes) break;
    count += 1;
    if (event.finalizes === true) break;
  }
  return events.slice(0, count);
}
