import {
  expiresUpTo,
  type ExpiredRun,
  type ExpiredSession,
  type Expiry,
  type ExpiryOrder,
  type ExpiryPage,
} from "../domain/retention.js";
import { asText, bindable, type Sqlite } from "./sqlite.js";

const PAGE_ROWS = 500;

/** Each condition is that of a partial index, so that what has not expired is never looked at. */
const SESSION_ORDERS = {
  end: { column: "ended", condition: "ended IS NOT NULL" },
  "end-without-ttl": { column: "ended", condition: "ended IS NOT NULL AND expires IS NULL" },
  "own-expiry": { column: "expires", condition: "expires IS NOT NULL" },
} satisfies Record<ExpiryOrder, { column: string; condition: string }>;

/** The next sessions whose time is over; none at the end. */
export function expiredSessions(database: Sqlite, { order, upTo, after }: ExpiryPage): ExpiredSession[] {
  const { column, condition } = SESSION_ORDERS[order];
  const sql = `SELECT CAST(session_id AS BLOB), CAST(${column} AS BLOB), number,
      (SELECT count(*) FROM runs WHERE runs.number = sessions.number),
      (SELECT total(nodes) FROM runs WHERE runs.number = sessions.number)
    FROM sessions WHERE ${condition} AND ${column} <= ? AND (${column}, number) > (?, ?)
    ORDER BY ${column}, number LIMIT ${String(PAGE_ROWS)}`;
  const [at, number] = after;
  return database.rows(sql, bindable(upTo), bindable(at), number).map((row) => ({
    sessionId: asText(row[0]),
    runs: Number(row[3]),
    nodes: Number(row[4]),
    place: [asText(row[1]), Number(row[2])],
  }));
}

const OWN = "ended IS NOT NULL AND ttl_days IS NOT NULL AND julianday(ended) + ttl_days <= julianday(?)";
const OTHERS = "ended IS NOT NULL AND ttl_days IS NULL AND ended <= ?";
const ANY = "ended IS NOT NULL AND ended <= ?";

function runConditions({ own, others }: Expiry): { condition: string; value: string }[] {
  if (own === null) return [{ condition: ANY, value: others }];
  return [
    { condition: OWN, value: own },
    { condition: OTHERS, value: others },
  ];
}

export interface ExpiredRunSessionsInput {
  readonly expiry: Expiry;
  /** Only sessions with a greater number. */
  readonly after: number;
}

export interface NumberedSession {
  readonly number: number;
  readonly sessionId: string;
}

/** The next ones in the order they were made; none at the end. */
export function sessionsWithExpiredRuns(
  database: Sqlite,
  { expiry, after }: ExpiredRunSessionsInput,
): NumberedSession[] {
  const conditions = runConditions(expiry);
  const numbers = conditions
    .map(({ condition }) => `SELECT number FROM runs WHERE ${condition} AND number > ?`)
    .join(" UNION ");
  const sql = `SELECT number, CAST(session_id AS BLOB) FROM sessions WHERE number IN (${numbers})
    ORDER BY number LIMIT ${String(PAGE_ROWS)}`;
  const values = conditions.flatMap(({ value }) => [bindable(value), after]);
  return database
    .rows(sql, ...values)
    .map(([number, id]) => ({ number: Number(number), sessionId: asText(id) }));
}

export interface ExpiredRunsInput {
  readonly sessionId: string;
  readonly expiry: Expiry;
  /** Only runs whose id comes later. */
  readonly after: string;
  readonly limit: number;
}

export function expiredRuns(
  database: Sqlite,
  { sessionId, expiry, after, limit }: ExpiredRunsInput,
): ExpiredRun[] {
  const conditions = runConditions(expiry);
  const sql = `SELECT CAST(run_id AS BLOB), nodes, CAST(ended AS BLOB), ttl_days FROM runs INDEXED BY runs_by_session
    WHERE number = (SELECT number FROM sessions WHERE session_id = ?) AND run_id > ?
      AND (${conditions.map(({ condition }) => condition).join(" OR ")}) ORDER BY run_id LIMIT ?`;
  const values = conditions.map(({ value }) => bindable(value));
  return database
    .rows(sql, bindable(sessionId), bindable(after), ...values, limit)
    .map(([runId, nodes, ended, ttlDays]) => ({
      runId: asText(runId),
      nodes: Number(nodes),
      upTo: expiresUpTo(asText(ended), ttlDays === null ? null : Number(ttlDays), expiry),
    }));
}

export interface ForgottenRuns {
  readonly sessionId: string;
  readonly runIds: readonly string[];
  /** Of events whose text is to go with them. */
  readonly seqs: readonly number[];
}

const FORGET_RUNS = "DELETE FROM runs WHERE number = ? AND run_id IN (SELECT value FROM json_each(?))";
const FORGET_TEXTS = `DELETE FROM texts WHERE rowid IN
  (SELECT CAST(? AS INTEGER) << 32 | CAST(value AS INTEGER) FROM json_each(?))`;
const READ_ANEW = "UPDATE text_progress SET actions = 0, responses = 0, events = 0 WHERE number = ?";

/** All or none. Answers the session's number, where there is such a session. */
export function forgetRuns(database: Sqlite, { sessionId, runIds, seqs }: ForgottenRuns): number | undefined {
  const [row] = database.rows("SELECT number FROM sessions WHERE session_id = ?", bindable(sessionId));
  if (row === undefined) return undefined;
  const number = Number(row[0]);
  database.transaction(() => {
    database.run(FORGET_RUNS, number, JSON.stringify(runIds.map(bindable)));
    database.run(FORGET_TEXTS, number, JSON.stringify(seqs));
    database.run(READ_ANEW, number);
  });
  return number;
}
