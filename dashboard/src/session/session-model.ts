import type { SessionEvent } from "session-protocol";
import type { Service, SessionHead } from "../api/service.js";
import { ServiceError } from "../api/transport.js";
import { EventLog } from "./event-log.js";
import { Lanes } from "./lanes.js";
import { readEntry, readEvent, type Reading } from "./mark.js";

export interface Timers {
  set(work: () => void, afterMs: number): number;
  clear(timer: number): void;
}

/** Characters of events that are kept loaded. */
const MAX_LOG_CHARS = 8_000_000;
/** How often the head is asked for again while events come. */
const REFRESH_MS = 1_000;
/** In longer sessions the minimap leaves out most of what is neither a tool's use nor a change nor a failure. */
const ALL_SHOWN_UP_TO = 20_000;
const SAMPLE = 50;
/** Marks that may wait while the timeline is still being read; more are read with it later. */
const MAX_WAITING = 50_000;

export interface Loaded {
  readonly head: SessionHead;
  readonly log: EventLog;
  readonly lanes: Lanes;
}

/** Everything the page knows of one session: its head, its events by the page, and the lanes of its minimap. */
export class SessionModel {
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  #loaded: Loaded | undefined;
  #loadedSeq: number | undefined;
  #error: Error | undefined;
  #isDeleted = false;
  /** It was not loaded to its end. */
  #isToLoad = false;
  #sample = 1;
  #waiting: Reading[] | undefined = [];
  #timer: number | undefined;
  #version = 0;

  constructor(
    private readonly service: Service,
    readonly sessionId: string,
    private readonly timers: Timers,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): number => this.#version;

  get loaded(): Loaded | undefined {
    return this.#loaded;
  }

  /** The last event there was when it was loaded; undefined before. */
  get loadedSeq(): number | undefined {
    return this.#loadedSeq;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /** Whether the minimap has been read to its end. */
  get isMapRead(): boolean {
    return this.#waiting === undefined;
  }

  /** Whether the minimap has been read and leaves nothing out. */
  get isMapWhole(): boolean {
    return this.isMapRead && this.#sample === 1;
  }

  /** While the service is away, it is tried again and again: what was read by then is not read anew. */
  async load(): Promise<void> {
    this.#isToLoad = false;
    try {
      this.#loaded ??= await this.#read();
      this.#error = undefined;
      this.#tell();
      await this.#readMap(this.#loaded);
    } catch (error) {
      this.#isToLoad = true;
      this.#lost(error);
    }
  }

  /** The service is there again: what it did not answer is asked for again when it is looked at. */
  linked(): void {
    this.#loaded?.log.retry();
  }

  told(events: readonly SessionEvent[]): void {
    if (this.#loaded === undefined) return;
    this.#loaded.log.append(events);
    const readings = events.map(readEvent);
    if (this.#waiting === undefined) this.#loaded.lanes.add(readings);
    else this.#waiting = [...this.#waiting, ...readings].slice(-MAX_WAITING);
    if (events.some(({ type }) => type === "session_deleted")) this.#isDeleted = true;
    this.#tell();
    this.#later();
  }

  close(): void {
    this.#abort.abort();
    if (this.#timer !== undefined) this.timers.clear(this.#timer);
  }

  #later(): void {
    this.#timer ??= this.timers.set(() => {
      this.#timer = undefined;
      void (this.#isToLoad ? this.load() : this.#refresh());
    }, REFRESH_MS);
  }

  async #read(): Promise<Loaded> {
    const head = await this.service.session(this.sessionId, this.#abort.signal);
    const source = {
      events: (after: number, limit: number) => this.service.events(this.sessionId, after, limit),
    };
    const log = new EventLog(source, head.metadata.seq, { maxChars: MAX_LOG_CHARS });
    this.#loadedSeq = head.metadata.seq;
    return { head, log, lanes: new Lanes() };
  }

  async #readMap({ head, lanes }: Loaded): Promise<void> {
    this.#sample = head.metadata.seq > ALL_SHOWN_UP_TO ? SAMPLE : 1;
    for await (const entries of this.service.timeline(this.sessionId, this.#sample, this.#abort.signal)) {
      lanes.add(entries.map(readEntry));
      this.#tell();
    }
    lanes.add(this.#waiting ?? []);
    this.#waiting = undefined;
    this.#tell();
  }

  async #refresh(): Promise<void> {
    if (this.#loaded === undefined || this.#isDeleted) return;
    try {
      const head = await this.service.session(this.sessionId, this.#abort.signal);
      this.#loaded = { ...this.#loaded, head };
      this.#tell();
    } catch (error) {
      this.#lost(error);
    }
  }

  /** What is shown already stays: the follower tells that the service is away. */
  #lost(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const isPassing = error instanceof ServiceError && error.isPassing;
    if (!isPassing || this.#loaded === undefined) this.#fail(error);
    if (isPassing) this.#later();
  }

  #fail(error: unknown): void {
    this.#error = error as Error;
    this.#tell();
  }

  #tell(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
