import type { Metadata, SessionEvent } from "session-protocol";
import type { Query } from "../api/transport.js";
import { OPEN_STATUSES } from "./statuses.js";

export interface SessionSource {
  state(
    sessionId: string,
    signal?: AbortSignal,
  ): Promise<{ readonly currentStep?: unknown; readonly phase?: unknown }>;

  sessions(
    query: Query,
    signal?: AbortSignal,
  ): Promise<{
    readonly sessions: readonly Metadata[];
    readonly nextCursor: string | null;
    readonly total: number;
  }>;
}

export interface Timers {
  set(work: () => void, afterMs: number): number;
  clear(timer: number): void;
}

export interface ListSnapshot {
  /** Newest first; those that were loaded so far. */
  readonly sessions: readonly Metadata[];
  /** How many the filters let through. */
  readonly total: number;
  readonly isLoading: boolean;
  readonly error: Error | undefined;
  /** What an open session is at, as far as that was told. */
  readonly steps: ReadonlyMap<string, string>;
}

/** More are found by a filter. */
const MAX_SESSIONS = 10_000;
/** Filters by time are about the time that is ordered by: whatever is asked for must be ordered by the same. */
const ORDER = "updated";
const FIRST_PAGE = 100;
const PAGE = 1_000;
/** Of so many open sessions it is asked what they are at; of others it is known once they tell. */
const MAX_ASKED_STEPS = 100;
const STEPS_AT_ONCE = 4;
/** When more have changed, one page may not hold them all. */
const MAX_TOUCHED = PAGE / 2;
/** How often what has changed is asked for. */
const REFRESH_MS = 1_000;

/** The sessions that filters let through, kept up to date by what the live feed tells of. */
export class SessionList {
  readonly #byId = new Map<string, Metadata>();
  readonly #steps = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  /** Sessions of which something was told since they were last asked for. */
  #touched = new Set<string>();
  #timer: number | undefined;
  #total = 0;
  #isLoading = true;
  /** Something newer than a preview has been taken. */
  #hasTaken = false;
  /** Not all of it has been loaded, so asking for what has changed is not enough. */
  #isToLoad = false;
  #error: Error | undefined;
  #snapshot: ListSnapshot = { sessions: [], total: 0, isLoading: true, error: undefined, steps: this.#steps };

  constructor(
    private readonly source: SessionSource,
    private readonly filters: Query,
    private readonly timers: Timers,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): ListSnapshot => this.#snapshot;

  /**
   * Shows the newest sessions before it is known where the live feed begins. `load` asks for them again: what
   * happens between the two would be missed.
   */
  async preview(): Promise<void> {
    try {
      const query = { ...this.filters, order: ORDER, limit: FIRST_PAGE };
      const { sessions, total } = await this.source.sessions(query, this.#abort.signal);
      if (this.#hasTaken) return;
      this.#take(sessions);
      this.#total = total;
      this.#tell();
    } catch {
      // `load` says why.
    }
  }

  /** Loads the newest sessions, the first few at once. */
  async load(): Promise<void> {
    this.#isLoading = true;
    this.#isToLoad = true;
    this.#error = undefined;
    const before = new Set(this.#byId.keys());
    try {
      let cursor: string | undefined;
      do {
        const limit = cursor === undefined ? FIRST_PAGE : PAGE;
        const query = { ...this.filters, order: ORDER, limit, cursor };
        const page = await this.source.sessions(query, this.#abort.signal);
        this.#hasTaken = true;
        this.#take(page.sessions);
        for (const { sessionId } of page.sessions) before.delete(sessionId);
        this.#total = page.total;
        cursor = page.nextCursor ?? undefined;
        this.#tell();
      } while (cursor !== undefined && this.#byId.size < MAX_SESSIONS);
      for (const sessionId of before) this.#drop(sessionId);
      this.#isToLoad = false;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#failed(error);
    }
    this.#isLoading = false;
    this.#tell();
    await this.#askSteps();
  }

  /** A list does not have the steps of its sessions: their states do. */
  async #askSteps(): Promise<void> {
    const open = this.#snapshot.sessions.filter(({ status }) => OPEN_STATUSES.has(status));
    const waiting = open.slice(0, MAX_ASKED_STEPS).map(({ sessionId }) => sessionId);
    const ask = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { currentStep, phase } = await this.source.state(next, this.#abort.signal);
        // What was told meanwhile is newer.
        if (!this.#steps.has(next)) this.#step(next, currentStep ?? phase);
      }
    };
    // Sessions are listed without their steps as well.
    await Promise.allSettled(Array.from({ length: STEPS_AT_ONCE }, ask));
    if (!this.#abort.signal.aborted) this.#tell();
  }

  told(events: readonly SessionEvent[]): void {
    for (const { type, sessionId, data } of events) {
      this.#touched.add(sessionId);
      if (type === "state_updated") this.#step(sessionId, data.currentStep ?? data.phase);
    }
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

  /** Nothing else may happen that would have it asked for again. */
  #failed(error: unknown): void {
    this.#error = error as Error;
    this.#later();
  }

  #step(sessionId: string, step: unknown): void {
    if (typeof step === "string") this.#steps.set(sessionId, step);
  }

  async #refresh(): Promise<void> {
    const touched = this.#touched;
    this.#touched = new Set();
    if (touched.size > MAX_TOUCHED) {
      await this.load();
      return;
    }
    try {
      const query = {
        ...this.filters,
        order: ORDER,
        limit: touched.size < FIRST_PAGE ? FIRST_PAGE : PAGE,
      };
      const { sessions, total } = await this.source.sessions(query, this.#abort.signal);
      this.#take(sessions);
      this.#total = total;
      const listed = new Set(sessions.map(({ sessionId }) => sessionId));
      // What has changed and is not listed is deleted, or no longer let through.
      for (const sessionId of touched) if (!listed.has(sessionId)) this.#drop(sessionId);
      this.#error = undefined;
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      for (const sessionId of touched) this.#touched.add(sessionId);
      this.#failed(error);
    }
    this.#tell();
  }

  #drop(sessionId: string): void {
    this.#byId.delete(sessionId);
    this.#steps.delete(sessionId);
  }

  #take(sessions: readonly Metadata[]): void {
    for (const session of sessions) this.#byId.set(session.sessionId, session);
  }

  #tell(): void {
    const sessions = [...this.#byId.values()].sort(newestFirst);
    this.#snapshot = {
      sessions,
      total: this.#total,
      isLoading: this.#isLoading,
      error: this.#error,
      steps: new Map(this.#steps),
    };
    for (const listener of this.#listeners) listener();
  }
}

function newestFirst(one: Metadata, other: Metadata): number {
  if (one.created !== other.created) return one.created < other.created ? 1 : -1;
  return one.sessionId < other.sessionId ? 1 : -1;
}
