import type { SessionEvent } from "session-protocol";

/** A page of a session's events: those with the seqs `page * PAGE_EVENTS + 1` and after. */
export const PAGE_EVENTS = 200;

export interface EventSource {
  /** Events with seqs above `after`, at most `limit`, in order. */
  events(after: number, limit: number): Promise<readonly SessionEvent[]>;
}

export interface LogLimits {
  /** Characters of JSON that loaded events may come to before those looked at longest ago go. */
  readonly maxChars: number;
}

interface Page {
  events: SessionEvent[];
  chars: number;
}

/**
 * A session's events by seq, of which those that are looked at are loaded, a page at a time. Any number of
 * events may be stored: what is held is bounded.
 */
export class EventLog {
  /** In the order in which they were last looked at. */
  readonly #pages = new Map<number, Page>();
  readonly #loading = new Set<number>();
  readonly #failed = new Map<number, Error>();
  readonly #listeners = new Set<() => void>();
  #chars = 0;
  #lastSeq: number;
  #version = 0;

  constructor(
    private readonly source: EventSource,
    lastSeq: number,
    private readonly limits: LogLimits,
  ) {
    this.#lastSeq = lastSeq;
  }

  /** Grows with every change; for `useSyncExternalStore`. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Characters of JSON held. */
  get chars(): number {
    return this.#chars;
  }

  /** The event, or undefined while its page is on its way. */
  event(seq: number): SessionEvent | undefined {
    if (seq < 1 || seq > this.#lastSeq) return undefined;
    const number = pageOf(seq);
    const page = this.#pages.get(number);
    const event = page?.events[indexIn(number, seq)];
    if (event === undefined) {
      this.#load(number);
      return undefined;
    }
    this.#touch(number, page as Page);
    return event;
  }

  /** The event if it is loaded; does not ask for it. */
  peek(seq: number): SessionEvent | undefined {
    const number = pageOf(seq);
    return this.#pages.get(number)?.events[indexIn(number, seq)];
  }

  /** Why the event could not be loaded. */
  failure(seq: number): Error | undefined {
    return this.#failed.get(pageOf(seq));
  }

  retry(): void {
    this.#failed.clear();
    this.#changed();
  }

  /** Takes what is told live; the events follow `lastSeq` without a hole. */
  append(events: readonly SessionEvent[]): void {
    for (const event of events) {
      if (event.seq !== this.#lastSeq + 1) continue;
      const number = pageOf(event.seq);
      const page = this.#pages.get(number) ?? this.#newPage(number, event.seq);
      // A page that was not loaded up to here is loaded when it is looked at.
      if (page?.events.length === indexIn(number, event.seq)) this.#keep(page, event);
      this.#lastSeq = event.seq;
    }
    this.#trim();
    this.#changed();
  }

  #newPage(number: number, seq: number): Page | undefined {
    if (indexIn(number, seq) !== 0) return undefined;
    const page: Page = { events: [], chars: 0 };
    this.#pages.set(number, page);
    return page;
  }

  #keep(page: Page, event: SessionEvent): void {
    const chars = JSON.stringify(event).length;
    page.events.push(event);
    page.chars += chars;
    this.#chars += chars;
  }

  #load(number: number): void {
    if (this.#loading.has(number) || this.#failed.has(number)) return;
    this.#loading.add(number);
    this.source
      .events(number * PAGE_EVENTS, PAGE_EVENTS)
      .then((events) => this.#loaded(number, events))
      .catch((error: unknown) => this.#failed.set(number, error as Error))
      .finally(() => {
        this.#loading.delete(number);
        this.#changed();
      });
  }

  #loaded(number: number, events: readonly SessionEvent[]): void {
    this.#drop(number);
    const page: Page = { events: [], chars: 0 };
    this.#pages.set(number, page);
    for (const event of events) this.#keep(page, event);
    this.#lastSeq = Math.max(this.#lastSeq, events.at(-1)?.seq ?? 0);
    this.#trim();
  }

  #touch(number: number, page: Page): void {
    this.#pages.delete(number);
    this.#pages.set(number, page);
  }

  /** The page looked at last always stays. */
  #trim(): void {
    for (const number of this.#pages.keys()) {
      if (this.#chars <= this.limits.maxChars || this.#pages.size === 1) return;
      this.#drop(number);
    }
  }

  #drop(number: number): void {
    this.#chars -= this.#pages.get(number)?.chars ?? 0;
    this.#pages.delete(number);
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}

function pageOf(seq: number): number {
  return Math.floor((seq - 1) / PAGE_EVENTS);
}

function indexIn(page: number, seq: number): number {
  return seq - 1 - page * PAGE_EVENTS;
}
