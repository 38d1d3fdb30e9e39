import fs from "node:fs";
import { rm } from "node:fs/promises";
import type { CleanupRequest, CleanupResult, Metadata } from "session-protocol";
import { Checkpoints } from "./checkpoints.js";
import type { StoredEvent } from "./domain/events.js";
import { metadataOf } from "./domain/documents.js";
import { idMaker } from "./domain/make-id.js";
import type { Clock } from "./domain/ports.js";
import type { History, SessionIndex } from "./domain/reading.js";
import type { Session } from "./domain/session.js";
import { isIncompleteFork, type Sessions, type SessionsParts } from "./domain/sessions.js";
import type { Transcripts } from "./domain/transcripts.js";
import { Feed } from "./feed/feed.js";
import { hurrying } from "./index-hurry.js";
import { realFileSystem } from "./journal/file-system.js";
import type { FileJournal } from "./journal/journal.js";
import { Deletions } from "./projection/deletions.js";
import type { IndexDb } from "./projection/index-db.js";
import { Layout } from "./projection/layout.js";
import { Recent } from "./projection/recent.js";
import type { Retention } from "./projection/retention.js";
import { replay, withJournalTotals, type Replayed } from "./projection/replay.js";
import type { SessionFiles } from "./projection/session-files.js";
import { SyncFailure } from "./projection/sync-failure.js";
import type { Recorder, StorageHealth } from "./recorder.js";
import type { SilenceWatch } from "./silence-watch.js";
import { loadPrices } from "./prices.js";
import {
  changesRecent,
  freshIndex,
  greatestOffset,
  openFiles,
  openHistory,
  openIndex,
  openJournal,
  openRetention,
  openSessions,
  openSilence,
  openTranscripts,
  timestamps,
  withLevel,
  type StorageOptions,
  type TranscriptStore,
} from "./storage-parts.js";

const INDEX_PAUSE_MS = 100;
const TRIM_MS = 1_000;
const RETENTION_MS = 30_000;

/** The journal, the session files, the index and the feed, wired together. Owns the data folder's contents. */
export class Storage implements Recorder {
  readonly sessions: Sessions;
  readonly transcripts: Transcripts;
  readonly history: History;
  readonly index: SessionIndex;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly makeId: () => string;
  readonly #retention: Retention;
  readonly #checkpoints: Checkpoints;
  #indexFailed = false;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #silence: SilenceWatch;
  readonly #hurry: ReturnType<typeof hurrying>;

  private constructor(
    private readonly options: StorageOptions,
    private readonly layout: Layout,
    private readonly journal: FileJournal,
    private readonly files: SessionFiles,
    private readonly transcriptStore: TranscriptStore,
    private readonly indexDb: IndexDb,
    private readonly recent: Recent,
    deletions: Deletions,
    feed: Feed,
  ) {
    const { clock, log } = options;
    const syncFailure = new SyncFailure(layout.syncFailure);
    this.#checkpoints = new Checkpoints({ journal, log, syncFailure, settle: () => this.#settle() });
    this.clock = clock;
    this.feed = feed;
    this.makeId = idMaker(clock, options.random);
    this.sessions = this.#openSessions(options);
    this.transcripts = transcriptStore.transcripts;
    this.index = freshIndex(() => this.#fresh(), options.log);
    this.history = openHistory(this.sessions, files, {
      index: { sessionsBetween: (after, upTo) => this.#sessionsBetween(after, upTo) },
      head: () => journal.head,
      deletions: (after, upTo) => Promise.resolve(deletions.between(after, upTo)),
    });
    this.#silence = openSilence(options, layout, this);
    this.#retention = openRetention(options, layout, {
      sessions: this.sessions,
      files,
      index: () => this.#fresh(),
      emptyJournal: () => this.#checkpoints.emptyJournal(),
      betweenCheckpoints: (work) => this.#checkpoints.between(work),
    });
    this.#hurry = hurrying(indexDb, () => this.#pushIndex());
    feed.readFrom(this.history);
  }

  /**
   * Recovers what the last process left and resolves when writes can be taken.
   * @throws JournalCorrupt
   */
  static async open(options: StorageOptions): Promise<Storage> {
    const layout = new Layout(options.config.DATA_DIR);
    fs.mkdirSync(layout.dataDir, { recursive: true });
    const indexDb = await openIndex(layout, options.log);
    try {
      return await Storage.#recovered(options, layout, indexDb);
    } catch (error) {
      // Its thread would keep the process from ending.
      await indexDb.close();
      throw error;
    }
  }

  static async #recovered(options: StorageOptions, layout: Layout, indexDb: IndexDb): Promise<Storage> {
    const { config, log } = options;
    const deletions = new Deletions(layout.deletions);
    const files = openFiles(layout, deletions, log);
    const startOffset = (await greatestOffset(layout, indexDb)) + 1;
    const opened: { checkpoints?: Checkpoints } = {};
    const journal = await openJournal(
      options,
      layout,
      startOffset,
      (offset) => void opened.checkpoints?.make(offset),
    );
    const transcripts = openTranscripts(options, layout, journal);
    const recent = new Recent({ dataDir: layout.dataDir, log: withLevel(log) });
    const feed = new Feed({ windowChars: config.FEED_WINDOW_BYTES, head: () => journal.head });
    const storage = new Storage(
      options,
      layout,
      journal,
      files,
      transcripts,
      indexDb,
      recent,
      deletions,
      feed,
    );
    opened.checkpoints = storage.#checkpoints;
    await storage.#recover(await replay(journal.records(), layout, deletions));
    storage.#keepUp();
    return storage;
  }

  health(): StorageHealth {
    const { journal, files, transcriptStore, sessions, indexDb, layout } = this;
    return {
      offset: journal.head,
      segments: journal.segmentCount,
      poisoned: journal.isPoisoned,
      full: journal.isFull,
      filesFailing: files.isFailing || transcriptStore.files.isFailing,
      indexFailing: this.#indexFailed,
      hotSessions: sessions.hotCount,
      indexLag: indexDb.lag,
      freeBytes: realFileSystem.freeBytes(layout.dataDir),
    };
  }

  cleanup(request: CleanupRequest, key?: string): Promise<CleanupResult> {
    return this.#retention.cleanup(request, key);
  }

  /** Everything accepted is written and synced, so that the next start has nothing to replay. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#silence.close();
    await this.#retention.close();
    await this.#checkpoints.close();
    await this.journal.close();
    this.files.close();
    this.transcriptStore.files.close();
    this.recent.close();
    await this.indexDb.close();
  }

  #openSessions(options: StorageOptions): Sessions {
    const { config, clock } = options;
    const parts: SessionsParts = {
      journal: this.journal,
      archive: this.files,
      makeId: this.makeId,
      timestamp: timestamps(clock),
      maxStateChars: config.STATE_LIMIT_CHARS,
      costOf: loadPrices(config.PRICES_FILE),
      runOwners: (runIds) => this.index.runOwners(runIds),
      onStored: (session, events) => this.#stored(session, events),
      onHeard: (session) => this.#silence.heard(session),
      limits: { maxSessions: config.MAX_HOT_SESSIONS, maxIdBytes: config.MAX_ID_TABLE_BYTES },
    };
    return openSessions(options, parts);
  }

  async #settle(): Promise<void> {
    await this.files.sync();
    await this.transcriptStore.files.sync();
    // Also where nothing of it concerns the index: it has to know how far the journal has come.
    this.#pushIndex(true);
    await this.indexDb.durable();
  }

  #stored(session: Session, events: readonly StoredEvent[]): void {
    // First, so that subscribers are served before a round of files that is due: both begin when this turn has ended.
    this.feed.publish(events);
    this.files.apply(session, events);
    this.#hurry(events);
    this.options.metrics.stored(events.length);
    const last = events[events.length - 1];
    if (last?.type === "session_deleted") {
      this.#silence.forget(session.sessionId);
      this.recent.removed(session.sessionId);
      return;
    }
    this.#silence.heard(session);
    if (!isIncompleteFork(session) && events.some((event) => changesRecent(event, session))) {
      this.recent.changed(metadataOf(session));
    }
  }

  /** What the journal still held is in the session files now; their documents and the index follow. */
  async #recover({ touched, removed, restored, transcripts }: Replayed): Promise<void> {
    const { log } = this.options;
    if (touched.size > 0) log.info({ sessions: touched.size, restored }, "replayed the journal");
    this.transcriptStore.files.adopt(transcripts);
    this.recent.load();
    for (const sessionId of removed) this.recent.removed(sessionId);
    this.indexDb.update({ summaries: [], deleted: [...removed], appliedOffset: this.indexDb.appliedOffset });
    const stale = this.indexDb.appliedOffset < this.journal.firstOffset - 1;
    const created: Session[] = [];
    for (const [sessionId, journaled] of touched) {
      const session = await this.files.load(sessionId, !journaled.changedLife);
      if (session === undefined) await rm(this.layout.session(sessionId), { recursive: true, force: true });
      else {
        await this.files.adopt(withJournalTotals(session, journaled.producers), journaled);
        this.recent.changed(metadataOf(session));
        if (journaled.firstOffset > 0) created.push(session);
      }
    }
    for (const session of created) await this.sessions.linkFamily(session);
    this.files.flush();
    if (stale) this.#rebuildIndex();
    else this.#pushIndex();
  }

  /** In the background: questions to the index wait for it, writes do not. */
  #rebuildIndex(): void {
    const { log } = this.options;
    log.warn(
      { applied: this.indexDb.appliedOffset },
      "index.db is missing or behind; rebuilding it from the session files",
    );
    const rebuilding = this.indexDb.rebuild().then(async ({ sessions }) => {
      this.recent.rebuild((await this.indexDb.recent(1_000)).map((text) => JSON.parse(text) as Metadata));
      log.info({ sessions }, "index rebuilt");
    });
    rebuilding.catch((error: unknown) => {
      this.#indexFailed = true;
      log.error({ err: error }, "index could not be rebuilt; the next start tries again");
    });
    this.#pushIndex();
  }

  #fresh(): IndexDb {
    this.#pushIndex();
    return this.indexDb;
  }

  /** A fork that is done by the time the index answers is in its answer. */
  async #sessionsBetween(after: number, upTo: number): Promise<string[]> {
    const forks = this.files.incompleteForks();
    return [...new Set([...forks, ...(await this.index.sessionsBetween(after, upTo))])];
  }

  #keepUp(): void {
    this.#timers.push(
      setInterval(() => this.#pushIndex(), INDEX_PAUSE_MS).unref(),
      setInterval(() => this.sessions.trim(), TRIM_MS).unref(),
      setInterval(() => this.#retention.daily(), RETENTION_MS).unref(),
    );
    this.#silence.resume().catch((error: unknown) => {
      this.options.log.warn(
        { err: error },
        "sessions left open cannot be listed; their silence goes unnoticed",
      );
    });
  }

  #pushIndex(always = false): void {
    const { summaries, deleted } = this.files.takeIndexChanges();
    if (!always && summaries.length === 0 && deleted.length === 0) return;
    this.indexDb.update({ summaries, deleted, appliedOffset: this.journal.head });
  }
}
