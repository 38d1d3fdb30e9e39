import type { ProducerReport } from "session-protocol";
import { idOf } from "./event-line.js";
import type { Outbox, QueuedEvent, Settle } from "./outbox.js";
import type { SpoolLog } from "./spool-log.js";
import type { Spool } from "./spool.js";

/** What goes into one request: events of one producer, with that producer's totals. */
export interface Batch {
  readonly producer: ProducerReport;
  readonly events: readonly QueuedEvent[];
}

/** `recorded` is of this process alone, the others of all it sends for. `rejected` is the part of `dropped` the service refused. */
export interface Totals {
  readonly recorded: number;
  readonly sent: number;
  readonly pending: number;
  readonly spooled: number;
  readonly dropped: number;
  readonly rejected: number;
}

/** Of one write to the spool: what a full outbox, or a turn of the host's event loop, is held up by. */
const SPILL_BYTES = 256 * 1024;
const ADOPT_MS = 5_000;

/**
 * Everything unsent, oldest first: what former processes left on disk, what this one put there, and what is still in
 * memory. Events move from memory to disk when they have waited, when there is no room, and when the process ends.
 */
export class Backlog {
  readonly #outbox: Outbox;
  readonly #spool: Spool | undefined;
  readonly #producerId: string;
  /** Of spooled events by id: a file cannot hold a function. */
  readonly #settles = new Map<string, Settle>();
  #adoptedAtMs = -Infinity;
  #ahead = 0;
  #sentFromDisk = 0;
  #rejectedFromDisk = 0;
  #rejectedOwn = 0;
  /** What was given out last, and where it is now. */
  #given: { readonly count: number; readonly log?: SpoolLog } = { count: 0 };

  constructor(outbox: Outbox, spool: Spool | undefined, producerId: string) {
    this.#outbox = outbox;
    this.#spool = spool;
    this.#producerId = producerId;
  }

  get size(): number {
    return this.#outbox.size + (this.#spool?.size ?? 0);
  }

  /** Events that have been answered for, or were given up. */
  get settled(): number {
    return this.#outbox.settled + this.#sentFromDisk + this.#rejectedFromDisk + (this.#spool?.dropped ?? 0);
  }

  /** Events that came to be sent before what was queued already. */
  get ahead(): number {
    return this.#ahead;
  }

  get totals(): Totals {
    const { recorded, sent, pending, dropped, rejected } = this.#outbox.counts;
    const lost = this.#rejectedFromDisk + (this.#spool?.dropped ?? 0);
    return {
      recorded,
      sent: sent + this.#sentFromDisk,
      pending,
      spooled: this.#spool?.size ?? 0,
      dropped: dropped + lost,
      rejected: rejected + this.#rejectedFromDisk,
    };
  }

  /** This process's own totals, as the service is told them. */
  get producer(): ProducerReport {
    const { recorded, dropped } = this.#outbox.counts;
    const lost = this.#rejectedOwn + (this.#spool?.droppedOwn ?? 0);
    return { id: this.#producerId, recorded, dropped: dropped + lost };
  }

  /** False: it was dropped. A full outbox makes room on disk first, which is all a caller ever waits for. */
  push(event: QueuedEvent): boolean {
    if (this.#outbox.accepts(event) || this.#outbox.isClosed) return this.#outbox.push(event);
    const shrunk = this.#outbox.shrunk(event);
    if (!this.#outbox.accepts(shrunk)) this.#move(Infinity);
    return this.#outbox.push(shrunk);
  }

  /** Counts an event that was recorded and cannot be queued. */
  drop(onSettled: Settle | undefined): void {
    this.#outbox.drop(onSettled && { line: "", bytes: 0, onSettled });
  }

  /** Makes the oldest `count` in memory fit to leave the process, until `enough`. True once all of them are. */
  seal(count: number, enough: () => boolean): boolean {
    return this.#outbox.seal(count, enough);
  }

  /** The oldest events that fit one request. They stay. */
  next(maxEvents: number, maxBytes: number): Batch {
    this.#spool?.tidy();
    const foreign = this.#spool?.foreign[0];
    const log = foreign ?? (this.#spool?.own?.size ? this.#spool.own : undefined);
    const events = log?.head(maxEvents, maxBytes) ?? this.#outbox.batch(maxEvents, maxBytes);
    this.#given = { count: events.length, ...(log !== undefined && { log }) };
    return { producer: foreign?.producer ?? this.producer, events };
  }

  /** The first `count` given out last are stored. */
  acknowledge(count: number): void {
    const { log } = this.#taken();
    if (log === undefined) {
      this.#outbox.acknowledge(count);
      return;
    }
    const stored = log.consume(count);
    this.#sentFromDisk += stored.length;
    this.#settle(stored, true);
  }

  /** Those at `positions` of what was given out last are refused for good. */
  reject(positions: ReadonlySet<number>, reason: string): void {
    const { log } = this.#taken();
    if (log === undefined) {
      const refused = this.#outbox.reject(positions, reason);
      this.#spool?.setAside(refused, reason);
      return;
    }
    const refused = log.remove(positions);
    this.#rejectedFromDisk += refused.length;
    if (log === this.#spool?.own) this.#rejectedOwn += refused.length;
    else log.addDropped(refused.length);
    this.#spool?.setAside(refused, reason);
    this.#settle(refused, false, reason);
  }

  /** What was given out will not be answered for. */
  release(): void {
    this.#taken();
  }

  /** Puts the oldest `count` of what is in memory on disk, until `enough`. Answers how many it was: 0 if the disk takes none. */
  spill(count: number, enough: () => boolean): number {
    let moved = 0;
    do {
      const now = this.#move(count - moved, enough);
      if (now === 0) break;
      moved += now;
    } while (!enough());
    return moved;
  }

  /** Looks for what processes that are gone have left, now and then. */
  adopt(): void {
    const nowMs = performance.now();
    if (nowMs - this.#adoptedAtMs < ADOPT_MS) return;
    this.#adoptedAtMs = nowMs;
    const before = this.size;
    this.#spool?.adopt();
    this.#ahead += this.size - before;
  }

  /** The process ends: what is in memory goes to disk within `budgetMs`, the rest is lost and counted. */
  end(budgetMs: number): void {
    const startedMs = performance.now();
    this.release();
    this.spill(Infinity, () => performance.now() - startedMs > budgetMs);
    const { id, recorded, dropped } = this.producer;
    this.#spool?.close({ id, recorded, dropped: dropped + this.#outbox.size });
  }

  /** What is in flight goes first, and is answered for on disk from then on. */
  #move(most: number, enough?: () => boolean): number {
    const spool = this.#spool;
    if (spool === undefined || this.#outbox.size === 0 || most <= 0) return 0;
    const inFlight = this.#given.log === undefined ? this.#given.count : 0;
    const least = Math.max(1, inFlight);
    const range = { least, most: Math.max(least, most), maxBytes: SPILL_BYTES };
    const append = (events: readonly QueuedEvent[]): boolean => {
      if (!spool.append(events, inFlight, this.producer)) return false;
      if (inFlight > 0 && spool.own !== undefined) this.#given = { count: inFlight, log: spool.own };
      for (const { line, onSettled } of events) if (onSettled) this.#settles.set(idOf(line) ?? "", onSettled);
      return true;
    };
    return this.#outbox.move(range, append, enough);
  }

  #taken(): { readonly count: number; readonly log?: SpoolLog } {
    const given = this.#given;
    this.#given = { count: 0 };
    return given;
  }

  #settle(events: readonly QueuedEvent[], stored: boolean, reason?: string): void {
    if (this.#settles.size === 0) return;
    for (const { line } of events) {
      const id = idOf(line) ?? "";
      this.#settles.get(id)?.(stored, reason);
      this.#settles.delete(id);
    }
  }
}
