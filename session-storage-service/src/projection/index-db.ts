import { performance } from "node:perf_hooks";
import type {
  RunStats,
  SearchHit,
  SearchQuery,
  SessionsQuery,
  Stats,
  UsageQuery,
  UsageRow,
} from "session-protocol";
import type {
  FoundRun,
  RunFilter,
  RunPage,
  RunStatsInput,
  SessionIndex,
  SessionSummary,
  SummaryPage,
} from "../domain/reading.js";
import type { ExpiredRun, ExpiredSession, ExpiryPage } from "../domain/retention.js";
import type {
  ExpiredRunsInput,
  ExpiredRunSessionsInput,
  ForgottenRuns,
  NumberedSession,
} from "./index-expiry.js";
import { hitPosition, listPosition } from "./index-cursors.js";
import { IndexThread } from "./index-thread.js";
import { SHARED, type Log, type QuestionName, type Questions } from "./index-messages.js";
import { ownerOf, PendingChanges, type TakenChanges } from "./pending-changes.js";

export interface IndexDbOptions {
  readonly file: string;
  readonly sessionsFolder: string;
  readonly log: Log;
  readonly searchWaitMs?: number;
}

/** Changes are gathered at least this long, and longer where applying them took long: a tenth of the time at most. */
const GATHER_MS = { least: 100, most: 2_000, perMsOfWork: 9 } as const;
const RETRY_MS = 1_000;
const BUSY_EVERY_MS = 200;
const NOBODY: ReadonlyMap<string, string> = new Map();
const SEARCH_WAIT_MS = 500;

/**
 * The derived index: one SQLite file, owned by a worker thread. Updates are gathered and applied a moment
 * later; questions wait for them.
 */
export class IndexDb implements SessionIndex {
  readonly #pending: PendingChanges;
  /** Resolves with what kept the changes that are on their way from being applied. */
  #sending: Promise<Error | undefined> | undefined;
  #sent: TakenChanges | undefined;
  #timer: NodeJS.Timeout | undefined;
  #gatherMs: number = GATHER_MS.least;
  /** When the thread has had its share of time to itself again. */
  #restedAtMs = 0;
  readonly #busyTimer: NodeJS.Timeout;
  #closing: Promise<void> | undefined;
  #isRebuilding = false;

  private constructor(
    private readonly thread: IndexThread,
    private readonly log: Log,
    /** Everything up to this offset was in the index when it was opened; 0 where it has to be rebuilt. */
    readonly appliedOffset: number,
  ) {
    this.#pending = new PendingChanges(appliedOffset);
    this.#busyTimer = watchBusyness(thread.gauges);
  }

  static async open({ log, searchWaitMs = SEARCH_WAIT_MS, ...files }: IndexDbOptions): Promise<IndexDb> {
    const { thread, appliedOffset } = await IndexThread.start({ ...files, searchWaitMs }, log);
    return new IndexDb(thread, log, appliedOffset);
  }

  /** Events whose text is not searchable yet, as of a moment ago. */
  get lag(): number {
    return Atomics.load(this.thread.gauges, SHARED.lag);
  }

  /** Deletions come first: a session that is both deleted and summarised was made anew. */
  update(changes: {
    summaries: readonly SessionSummary[];
    deleted: readonly string[];
    appliedOffset: number;
  }): void {
    this.#pending.add(changes.summaries, changes.deleted, changes.appliedOffset);
    this.#schedule(this.#gatherMs);
  }

  /** Whether what is given to `update` may be applied at once without taking more than its share of the time. */
  get isRested(): boolean {
    return this.#sending === undefined && performance.now() >= this.#restedAtMs;
  }

  /** Applies what was given to `update` without gathering more. */
  hurry(): void {
    if (this.#closing === undefined) void this.#send();
  }

  /**
   * Resolves once everything given to `update` survives power loss.
   * @throws Error where the disk does not take it; it is tried again with the next update
   */
  async durable(): Promise<void> {
    await this.#send();
    const failure = await this.#sending;
    if (failure !== undefined) throw failure;
    await this.thread.ask("durable", undefined);
  }

  /**
   * Throws away what the index holds and fills it from the session folders. Questions wait for it; updates
   * that are not applied yet are applied after it.
   */
  async rebuild(): Promise<{ sessions: number; maxOffset: number }> {
    this.#isRebuilding = true;
    try {
      return await this.thread.ask("rebuild", undefined);
    } finally {
      this.#isRebuilding = false;
    }
  }

  async list({ cursor, ...query }: SessionsQuery): Promise<SummaryPage> {
    const after = listPosition(query.order, cursor);
    await this.#send();
    return this.thread.ask("list", { ...query, after });
  }

  recent(count: number): Promise<string[]> {
    return this.#asked("recent", count);
  }

  stats(): Promise<Stats> {
    return this.#asked("stats", undefined);
  }

  /**
   * Waits up to half a second for the text of what was recorded in the last seconds. Matches in a snippet
   * stand between U+27E6 and U+27E7, which no text in the index holds.
   */
  async search({ cursor, ...query }: SearchQuery): Promise<{ hits: SearchHit[]; nextCursor: string | null }> {
    const after = hitPosition(cursor);
    await this.#send();
    return this.thread.ask("search", { ...query, after });
  }

  sessionsBetween(after: number, upTo: number): Promise<string[]> {
    return this.#asked("sessionsBetween", { after, upTo });
  }

  childrenOf(parentSession: string): Promise<string[]> {
    return this.#asked("childrenOf", parentSession);
  }

  /**
   * Runs that begin must not wait for the other thread: what is not applied is looked through here, new ids are
   * told by memory that is shared, and while the index is made anew nobody else is known.
   */
  async runOwners(runIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const unapplied = [this.#pending.owners, ...(this.#sent === undefined ? [] : [this.#sent.owners])];
    const asked = this.#isRebuilding ? [] : runIds.filter((runId) => this.thread.mayHaveRun(runId));
    const applied = asked.length === 0 ? NOBODY : await this.thread.ask("runOwners", asked);
    const owners = runIds.map((runId) => [runId, ownerOf(runId, unapplied, applied.get(runId))] as const);
    return new Map(owners.flatMap(([runId, owner]) => (owner === undefined ? [] : [[runId, owner]])));
  }

  run(runId: string): Promise<FoundRun | undefined> {
    return this.#asked("run", runId);
  }

  runs(filter: RunFilter): Promise<RunPage> {
    return this.#asked("runs", filter);
  }

  runStats(input: RunStatsInput): Promise<RunStats> {
    return this.#asked("runStats", input);
  }

  usage(query: UsageQuery): Promise<UsageRow[]> {
    return this.#asked("usage", query);
  }

  sessionsWithExpiredRuns(input: ExpiredRunSessionsInput): Promise<NumberedSession[]> {
    return this.#asked("sessionsWithExpiredRuns", input);
  }

  expiredRuns(input: ExpiredRunsInput): Promise<ExpiredRun[]> {
    return this.#asked("expiredRuns", input);
  }

  forgetRuns(input: ForgottenRuns): Promise<undefined> {
    return this.#asked("forgetRuns", input);
  }

  expiredSessions(page: ExpiryPage): Promise<ExpiredSession[]> {
    return this.#asked("expiredSessions", page);
  }

  /** The answer, once everything given to `update` before is applied. */
  async #asked<N extends QuestionName>(
    name: N,
    input: Questions[N]["input"],
  ): Promise<Questions[N]["answer"]> {
    await this.#send();
    return this.thread.ask(name, input);
  }

  /** Applies what is pending, durably, and lets go of the file. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    Atomics.store(this.thread.gauges, SHARED.closing, 1);
    clearInterval(this.#busyTimer);
    await this.#sending;
    await this.#send();
    clearTimeout(this.#timer);
    await this.thread.close();
  }

  #schedule(delayMs: number): void {
    this.#timer ??= setTimeout(() => void this.#send(), delayMs).unref();
  }

  /**
   * Sends what is pending, after what was sent before has been applied: at most one lot is on its way, so
   * that one that fails can be taken back. Resolves once it is posted; a question posted then comes after it.
   */
  async #send(): Promise<void> {
    while (this.#sending !== undefined && !this.#pending.isEmpty) await this.#sending;
    if (this.#pending.isEmpty) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const taken = this.#pending.take();
    this.#sent = taken;
    this.#sending = this.#apply(taken).finally(() => {
      this.#sending = undefined;
      this.#sent = undefined;
    });
  }

  async #apply(taken: TakenChanges): Promise<Error | undefined> {
    try {
      this.#applied(await this.thread.apply(taken.pack()));
      return undefined;
    } catch (error) {
      this.log("error", { err: error }, "the index could not be updated; it is tried again");
      this.#pending.putBack(taken);
      if (this.#closing === undefined) this.#schedule(RETRY_MS);
      return error as Error;
    }
  }

  #applied(tookMs: number): void {
    const wantedMs = tookMs * GATHER_MS.perMsOfWork;
    this.#restedAtMs = performance.now() + wantedMs;
    this.#gatherMs = Math.min(GATHER_MS.most, Math.max(GATHER_MS.least, wantedMs));
  }
}

/** Tells the worker how busy this thread is, so that its background work does not take what requests need. */
function watchBusyness(gauges: Int32Array): NodeJS.Timeout {
  let last = performance.eventLoopUtilization();
  const look = (): void => {
    const now = performance.eventLoopUtilization();
    Atomics.store(
      gauges,
      SHARED.busyPercent,
      Math.round(performance.eventLoopUtilization(now, last).utilization * 100),
    );
    last = now;
  };
  return setInterval(look, BUSY_EVERY_MS).unref();
}
