import { asText, type Sqlite } from "./sqlite.js";
import { FROM_START, type TextProgress } from "./text-lines.js";

/** A session with text that is not indexed yet. */
export interface Behind {
  readonly number: number;
  readonly sessionId: string;
  seq: number;
  progress: TextProgress;
  /** When more of it was announced; 0 where that was before this process. */
  changedAtMs: number;
  /** Since when its next event is in no file; undefined while it makes progress. */
  waitingSinceMs: number | undefined;
  retryAtMs: number;
  overGaps: boolean;
}

/** How many sessions are remembered; the others are found by looking through the table, so many at a time. */
export const BACKLOG_LIMITS = { remembered: 10_000, page: 1_000 };

/** Session files are written a moment after their events are announced. */
const FIRST_LOOK_MS = 50;

const PROGRESS = "SELECT seq, actions, responses, events FROM text_progress WHERE number = ?";
const AFTER = `SELECT s.number, CAST(s.session_id AS BLOB), s.seq, coalesce(p.seq, 0)
  FROM (SELECT number, session_id, seq FROM sessions WHERE number > ? ORDER BY number LIMIT ?) s
  LEFT JOIN text_progress p USING (number) ORDER BY s.number`;
const UNINDEXED = `SELECT coalesce(sum(s.seq - coalesce(p.seq, 0)), 0) FROM sessions s
  LEFT JOIN text_progress p ON p.number = s.number`;
const BY_ID = `SELECT s.number, s.seq FROM sessions s LEFT JOIN text_progress p ON p.number = s.number
  WHERE s.session_id = ? AND s.seq > coalesce(p.seq, 0)`;

/** Which sessions have text to index, longest waiting first; and how many events that is. */
export class TextBacklog {
  readonly #sessions = new Map<string, Behind>();
  /** Sessions with greater numbers are still to be looked at; undefined when all were. */
  #unseenAfter: number | undefined = 0;
  #lag: number | undefined;

  constructor(
    private readonly database: Sqlite,
    private readonly limits = BACKLOG_LIMITS,
  ) {}

  /** Events that are not indexed yet. */
  get lag(): number {
    return (this.#lag ??= Number(this.database.rows(UNINDEXED)[0]?.[0]));
  }

  get sessions(): Iterable<Behind> {
    return this.#sessions.values();
  }

  /** Counts anew, from the tables. */
  reset(): void {
    this.#sessions.clear();
    this.#unseenAfter = 0;
    this.#lag = undefined;
  }

  announced(
    session: { number: number; sessionId: string; seq: number },
    seqBefore: number,
    nowMs: number,
  ): void {
    if (session.seq === seqBefore) return;
    this.#count(session.seq - seqBefore);
    const known = this.#sessions.get(session.sessionId);
    if (known === undefined) this.#remember(session, nowMs);
    else Object.assign(known, { seq: session.seq, changedAtMs: nowMs, retryAtMs: nowMs + FIRST_LOOK_MS });
  }

  removed(session: { number: number; sessionId: string }, unindexed: number): void {
    this.#count(-unindexed);
    if (this.#sessions.get(session.sessionId)?.number === session.number)
      this.#sessions.delete(session.sessionId);
  }

  /** The session, if it has text to index. */
  find(sessionId: string): Behind | undefined {
    const known = this.#sessions.get(sessionId);
    if (known !== undefined) return known;
    const [row] = this.database.rows(BY_ID, sessionId);
    if (row !== undefined) this.#remember({ number: Number(row[0]), sessionId, seq: Number(row[1]) }, 0);
    return this.#sessions.get(sessionId);
  }

  /** The session's text is indexed up to here. One that has more goes behind the others. */
  reached(session: Behind, progress: TextProgress): void {
    this.#count(session.progress.seq - progress.seq);
    session.progress = progress;
    session.waitingSinceMs = undefined;
    this.#sessions.delete(session.sessionId);
    if (progress.seq < session.seq) this.#sessions.set(session.sessionId, session);
  }

  /** Looks through some more of the table for sessions from before. False when there is no more, or no room. */
  lookFurther(): boolean {
    const { remembered, page } = this.limits;
    if (this.#unseenAfter === undefined || this.#sessions.size > remembered - page) return false;
    const rows = this.database.rows(AFTER, this.#unseenAfter, page);
    const last = rows.at(-1);
    this.#unseenAfter = last === undefined ? undefined : Number(last[0]);
    for (const [number, sessionId, seq, indexed] of rows) {
      const session = { number: Number(number), sessionId: asText(sessionId), seq: Number(seq) };
      if (session.seq > Number(indexed) && !this.#sessions.has(session.sessionId)) this.#remember(session, 0);
    }
    return last !== undefined;
  }

  #count(events: number): void {
    if (this.#lag !== undefined) this.#lag += events;
  }

  #remember(
    { number, sessionId, seq }: { number: number; sessionId: string; seq: number },
    changedAtMs: number,
  ): void {
    if (this.#sessions.size >= this.limits.remembered) {
      this.#unseenAfter = Math.min(this.#unseenAfter ?? Infinity, number - 1);
      return;
    }
    const progress = this.#progressOf(number);
    const timing = { changedAtMs, waitingSinceMs: undefined, retryAtMs: changedAtMs + FIRST_LOOK_MS };
    this.#sessions.set(sessionId, { number, sessionId, seq, progress, ...timing, overGaps: false });
  }

  #progressOf(number: number): TextProgress {
    const [row] = this.database.rows(PROGRESS, number);
    if (row === undefined) return FROM_START;
    const [seq, actions, responses, events] = row.map(Number) as [number, number, number, number];
    return { seq, positions: { actions, responses, events } };
  }
}
