import type { Metadata } from "session-protocol";
import type { RunChanges } from "../domain/run-changes.js";
import type { Changes, PackedSummary } from "./index-messages.js";
import {
  agentsOf,
  countedAs,
  KNOWN_COLUMNS,
  knownOf,
  profileValues,
  rowOf,
  tagsOf,
  totalsValues,
  wordsOf,
  type KnownSession,
  type SessionRow,
} from "./index-rows.js";
import { putRuns } from "./index-runs.js";
import { COUNTABLE, type Countable, type Totals } from "./index-totals.js";
import type { RunIds } from "./run-ids.js";
import { bindable, type Sqlite } from "./sqlite.js";

/** Told of what a committed change means for the text of a session. */
export interface TextChanges {
  changed(session: { number: number; sessionId: string; seq: number }, seqBefore: number): void;
  /** `unindexed`: events whose text was not in the index. */
  removed(session: { number: number; sessionId: string }, unindexed: number): void;
}

/** What a change did, to be told once it is committed. */
interface Effect {
  readonly number: number;
  readonly sessionId: string;
  readonly before: Countable | undefined;
  readonly after: Countable | undefined;
  readonly unindexed?: number;
}

/** The values of a row of the JSON array that a statement gets, from one place to another. */
const values = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `value ->> ${from + index}`).join(", ");

const PROFILE = "user_id, status, parent, created, first_offset, profile";
const TOTALS =
  "updated, last_offset, seq, input, output, cache_read, cache_write, total, cost_usd, storage_bytes, ended, expires";
const FIND = `SELECT ${COUNTABLE}, ${KNOWN_COLUMNS} FROM json_each(?) JOIN sessions ON session_id = value`;
const INSERT = `INSERT INTO sessions(number, ${PROFILE}, ${TOTALS}, session_id) SELECT ${values(0, 19)} FROM json_each(?)`;
const UPDATE_TOTALS = `UPDATE sessions SET (${TOTALS}) = (${values(1, 12)}) FROM json_each(?) WHERE number = value ->> 0`;
const UPDATE_PROFILE = `UPDATE sessions SET (${PROFILE}) = (${values(1, 6)}) FROM json_each(?) WHERE number = value ->> 0`;
const SET_METADATA = `INSERT OR REPLACE INTO metadata(number, json) SELECT ${values(0, 1)} FROM json_each(?)`;
const SET_WORDS = `INSERT OR REPLACE INTO words(number, text) SELECT ${values(0, 1)} FROM json_each(?)`;
const REMOVE_TAGS = "DELETE FROM tags WHERE number IN (SELECT value FROM json_each(?))";
const ADD_AGENTS = `INSERT OR IGNORE INTO agents(number, name) SELECT ${values(0, 1)} FROM json_each(?)`;
const ADD_TAGS = `INSERT INTO tags(number, tag) SELECT ${values(0, 1)} FROM json_each(?)`;
/** AUTOINCREMENT keeps it, so that no number is given twice. */
const LAST_NUMBER = "SELECT seq FROM sqlite_sequence WHERE name = 'sessions'";
const TABLES_BY_NUMBER = [
  "sessions",
  "metadata",
  "words",
  "tags",
  "agents",
  "text_progress",
  "runs",
  "usage",
] as const;

const ROWS_PER_STATEMENT = 1_000;

/** Brings summaries into the index, many rows with one statement: half the work of a statement for each. */
export class IndexUpdates {
  constructor(
    private readonly database: Sqlite,
    private readonly totals: Totals,
    private readonly text: TextChanges,
    private readonly runIds: Pick<RunIds, "add">,
  ) {}

  /** All or none. No session may be summarised twice. */
  apply({ deleted, summaries, appliedOffset }: Changes): void {
    const effects = this.database.transaction(() => {
      const done = this.#remove(deleted);
      for (let from = 0; from < summaries.length; from += ROWS_PER_STATEMENT) {
        done.push(...this.#put(summaries.slice(from, from + ROWS_PER_STATEMENT)));
      }
      this.database.run("UPDATE applied SET offset = ?", appliedOffset);
      return done;
    });
    for (const { number, sessionId, before, after, unindexed = 0 } of effects) {
      this.totals.replace(before, after);
      if (after === undefined) this.text.removed({ number, sessionId }, unindexed);
      else this.text.changed({ number, sessionId, seq: after.seq }, before?.seq ?? 0);
    }
  }

  #put(summaries: readonly PackedSummary[]): Effect[] {
    const metadata = summaries.map(({ metadata: json }) => JSON.parse(json) as Metadata);
    const known = this.#find(metadata.map(({ sessionId }) => sessionId));
    let lastNumber = Number(this.database.rows(LAST_NUMBER)[0]?.[0] ?? 0);
    const rows = summaries.map((summary, index) => {
      const own = metadata[index] as Metadata;
      const before = known.get(own.sessionId);
      return rowOf(summary, own, before, before?.number ?? (lastNumber += 1));
    });
    const fresh = rows.filter(({ metadata: { sessionId } }) => !known.has(sessionId));
    const old = rows.filter(({ metadata: { sessionId } }) => known.has(sessionId));
    const changed = old.filter(
      ({ metadata: { sessionId }, profile }) => known.get(sessionId)?.profile !== profile,
    );
    this.#write(fresh, old, changed);
    for (const { runs } of summaries) for (const { runId } of runs?.began ?? []) this.runIds.add(runId);
    this.#each(
      ADD_AGENTS,
      rows.flatMap(({ number }, index) => runningAgents(number, summaries[index]?.runs)),
      (agent) => agent,
    );
    putRuns(
      this.database,
      rows.map(({ number, metadata: { userId } }, index) => ({ ...summaries[index], number, userId })),
    );
    return rows.map((row) => {
      const { sessionId } = row.metadata;
      return { number: row.number, sessionId, before: known.get(sessionId), after: countedAs(row) };
    });
  }

  #write(fresh: readonly SessionRow[], old: readonly SessionRow[], changed: readonly SessionRow[]): void {
    const described = [...fresh, ...changed];
    this.#each(INSERT, fresh, (row) => [...profileValues(row), ...totalsValues(row), row.metadata.sessionId]);
    this.#each(UPDATE_TOTALS, old, (row) => [row.number, ...totalsValues(row)]);
    this.#each(UPDATE_PROFILE, changed, profileValues);
    this.#each(SET_METADATA, [...fresh, ...old], ({ number, json }) => [number, json]);
    this.#each(SET_WORDS, described, (row) => [row.number, wordsOf(row)]);
    this.#each(REMOVE_TAGS, changed, ({ number }) => number);
    this.#each(ADD_TAGS, described.flatMap(tagsOf), (tag) => tag);
    this.#each(ADD_AGENTS, described.flatMap(agentsOf), (agent) => agent);
  }

  #each<T>(statement: string, items: readonly T[], valuesOf: (item: T) => unknown): void {
    if (items.length > 0) this.database.run(statement, JSON.stringify(items.map(valuesOf)));
  }

  #find(sessionIds: readonly string[]): Map<string, KnownSession> {
    const found = this.database.rows(FIND, JSON.stringify(sessionIds)).map(knownOf);
    return new Map(found.map((session) => [session.sessionId, session]));
  }

  /** The text of removed sessions goes later, little by little. */
  #remove(sessionIds: readonly string[]): Effect[] {
    const found = sessionIds.length === 0 ? [] : [...this.#find(sessionIds).values()];
    return found.map((before) => {
      const { number, sessionId, seq } = before;
      const [progress] = this.database.rows("SELECT seq FROM text_progress WHERE number = ?", number);
      for (const table of TABLES_BY_NUMBER)
        this.database.run(`DELETE FROM ${table} WHERE number = ?`, number);
      this.database.run("INSERT INTO erasing(number) VALUES (?)", number);
      return { number, sessionId, before, after: undefined, unindexed: seq - Number(progress?.[0] ?? 0) };
    });
  }
}

/** Those that have runs are found also where a session has more agents than its metadata tells. */
function runningAgents(number: number, runs: RunChanges | undefined): (string | number)[][] {
  const agents = (runs?.began ?? []).filter(({ isCopy }) => !isCopy).map(({ agentId }) => agentId);
  return [...new Set(agents)].map((agentId) => [number, bindable(agentId)]);
}
