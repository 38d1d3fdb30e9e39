import path from "node:path";
import type { Log } from "./index-messages.js";
import type { TextChanges } from "./index-updates.js";
import type { Sqlite } from "./sqlite.js";
import { BACKLOG_LIMITS, TextBacklog, type Behind } from "./text-backlog.js";
import { FROM_START, readWords, type EventWords, type Reading, type TextProgress } from "./text-lines.js";

/** One chunk of work, a few milliseconds of it, so that what comes in between is not kept waiting. */
const CHUNK = { sessions: 64, events: 256, units: 65_536, gatherMs: 6 } as const;
/** Session files are written a moment after their events are announced; under load that may be seconds. */
const RETRY_MS = { first: 20, last: 30_000 } as const;
/** How long events may be in no file, while later ones are, before they count as lost. */
const LOST_AFTER_MS = 60_000;
const ERASED_PER_STEP = 500;

interface Chunk {
  readonly rows: [number: number, words: EventWords][];
  readonly reached: Map<Behind, TextProgress>;
  units: number;
}

const SET_PROGRESS =
  "INSERT OR REPLACE INTO text_progress(number, seq, actions, responses, events) VALUES (?, ?, ?, ?, ?)";
const ADD_TEXT = `INSERT INTO texts(rowid, text, type, timestamp)
  VALUES (CAST(? AS INTEGER) << 32 | CAST(? AS INTEGER), ?, ?, ?)`;
const ERASE = `DELETE FROM texts WHERE rowid IN (SELECT rowid FROM texts
  WHERE rowid BETWEEN CAST(?1 AS INTEGER) << 32 AND (CAST(?1 AS INTEGER) << 32) + 4294967295 LIMIT ${ERASED_PER_STEP})`;

/**
 * Brings the text of events into the full-text index, read from the session files in small steps. How far
 * a session has come is stored together with its text, so each event is there once.
 */
export class TextIndexer implements TextChanges {
  readonly #backlog: TextBacklog;
  #erases = true;

  constructor(
    private readonly database: Sqlite,
    private readonly sessionsFolder: string,
    private readonly log: Log,
    private readonly nowMs: () => number,
    limits = BACKLOG_LIMITS,
  ) {
    this.#backlog = new TextBacklog(database, limits);
  }

  get lag(): number {
    return this.#backlog.lag;
  }

  /** After the tables were filled by other means. */
  reset(): void {
    this.#backlog.reset();
    this.#erases = true;
  }

  /** The session's files are others: where the next text stands in them has to be found anew. */
  rewritten(sessionId: string): void {
    const behind = this.#backlog.find(sessionId);
    if (behind !== undefined) behind.progress = { ...FROM_START, seq: behind.progress.seq };
  }

  changed(session: { number: number; sessionId: string; seq: number }, seqBefore: number): void {
    this.#backlog.announced(session, seqBefore, this.nowMs());
  }

  removed(session: { number: number; sessionId: string }, unindexed: number): void {
    this.#backlog.removed(session, unindexed);
    this.#erases = true;
  }

  /** One chunk of whatever there is to do. Answers after how many milliseconds there may be more. */
  step(): number {
    const nowMs = this.nowMs();
    const due = filtered(this.#backlog.sessions, ({ retryAtMs }) => retryAtMs <= nowMs);
    if (this.#index(due) || this.#erase() || this.#backlog.lookFurther()) return 0;
    let earliestMs = Infinity;
    for (const { retryAtMs } of this.#backlog.sessions) earliestMs = Math.min(earliestMs, retryAtMs);
    return Math.max(0, earliestMs - this.nowMs());
  }

  /**
   * One chunk of what changed since `sinceMs`, or of the one session that is named. Answers whether there
   * is more to do: `waiting` where the files do not have it yet.
   */
  stepFor(sinceMs: number, sessionId: string | undefined): "more" | "waiting" | "nothing" {
    const named = sessionId === undefined ? this.#backlog.sessions : [this.#backlog.find(sessionId)];
    const wanted = filtered(
      named,
      (session) =>
        session.changedAtMs >= sinceMs || (sessionId !== undefined && session.waitingSinceMs === undefined),
    );
    const some = [...wanted];
    if (some.length === 0) return "nothing";
    return this.#index(some) ? "more" : "waiting";
  }

  /** False where nothing could be read. */
  #index(sessions: Iterable<Behind>): boolean {
    const chunk: Chunk = { rows: [], reached: new Map(), units: 0 };
    const startedMs = this.nowMs();
    for (const session of sessions) {
      this.#read(session, chunk);
      const full =
        chunk.rows.length >= CHUNK.events ||
        chunk.units >= CHUNK.units ||
        chunk.reached.size >= CHUNK.sessions;
      if (full || this.nowMs() - startedMs >= CHUNK.gatherMs) break;
    }
    if (chunk.reached.size > 0) this.#store(chunk);
    return chunk.reached.size > 0;
  }

  #read(session: Behind, chunk: Chunk): void {
    const reading = this.#readFiles(session, chunk);
    const isAhead =
      reading !== undefined && (reading.progress.seq > session.progress.seq || reading.end === "more");
    if (!isAhead) {
      this.#wait(session, reading?.end === "gap");
      return;
    }
    chunk.reached.set(session, reading.progress);
    for (const words of reading.words) {
      chunk.rows.push([session.number, words]);
      chunk.units += words.text.length;
    }
  }

  /** Undefined where the files cannot be read. */
  #readFiles({ sessionId, progress, seq, overGaps }: Behind, { rows, units }: Chunk): Reading | undefined {
    const limits = {
      upTo: seq,
      maxEvents: CHUNK.events - rows.length,
      maxUnits: CHUNK.units - units,
      overGaps,
    };
    try {
      return readWords(path.join(this.sessionsFolder, sessionId), sessionId, progress, limits);
    } catch (error) {
      this.log(
        "warn",
        { err: error, sessionId },
        "a session's files cannot be read; their text is indexed later",
      );
      return undefined;
    }
  }

  #wait(session: Behind, isGap: boolean): void {
    const nowMs = this.nowMs();
    session.waitingSinceMs ??= nowMs;
    const waitedMs = nowMs - session.waitingSinceMs;
    session.retryAtMs = nowMs + Math.min(RETRY_MS.last, Math.max(RETRY_MS.first, waitedMs));
    if (!isGap || waitedMs < LOST_AFTER_MS || session.overGaps) return;
    const { sessionId, progress } = session;
    this.log(
      "warn",
      { sessionId, afterSeq: progress.seq },
      "events are in none of the session's files; the text after them is indexed",
    );
    // The positions may be those of files that were rewritten since: this time everything is looked at.
    session.progress = { ...FROM_START, seq: progress.seq };
    session.overGaps = true;
    session.retryAtMs = nowMs;
  }

  #store({ rows, reached }: Chunk): void {
    // FTS5 writes out what it has gathered whenever a rowid is lower than the one before.
    rows.sort(([a, first], [b, second]) => a - b || first.seq - second.seq);
    this.database.transaction(() => {
      for (const [number, { seq, text, type, timestamp }] of rows) {
        this.database.run(ADD_TEXT, number, seq, text, type, timestamp);
      }
      for (const [{ number }, { seq, positions }] of reached) {
        this.database.run(
          SET_PROGRESS,
          number,
          seq,
          positions.actions,
          positions.responses,
          positions.events,
        );
      }
    });
    for (const [session, progress] of reached) this.#backlog.reached(session, progress);
  }

  /** Removes some of the text of a deleted session. False when there is none. */
  #erase(): boolean {
    if (!this.#erases) return false;
    const [row] = this.database.rows("SELECT number FROM erasing LIMIT 1");
    this.#erases = row !== undefined;
    if (row === undefined) return false;
    const number = Number(row[0]);
    this.database.transaction(() => {
      if (this.database.run(ERASE, number) === 0)
        this.database.run("DELETE FROM erasing WHERE number = ?", number);
    });
    return true;
  }
}

function* filtered(
  sessions: Iterable<Behind | undefined>,
  wanted: (session: Behind) => boolean,
): Iterable<Behind> {
  for (const session of sessions) if (session !== undefined && wanted(session)) yield session;
}
