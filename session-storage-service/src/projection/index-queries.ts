import type { SearchHit, SessionStatus, Stats } from "session-protocol";
import type { SummaryPage } from "../domain/reading.js";
import { hitCursor, listCursor } from "./index-cursors.js";
import type { ListInput, SearchInput } from "./index-messages.js";
import type { Totals } from "./index-totals.js";
import { matchExpression, MATCH_END, MATCH_START } from "./search-text.js";
import { asText, bindable, type Row, type Sqlite, type SqlValue } from "./sqlite.js";

/** A condition with the values of its question marks. */
type Condition = readonly [sql: string, ...values: SqlValue[]];

/** What each order sorts by, newest first. The offset settles ties as they happened, the number those of copies. */
const ORDERS = {
  created: { time: "created", offset: "first_offset" },
  updated: { time: "updated", offset: "last_offset" },
} as const;

/** `since` and `until` are about the time the list is ordered by, and take in the moment they name. */
export function list(database: Sqlite, query: ListInput): SummaryPage {
  const { time, offset } = ORDERS[query.order];
  const filter = filters(query, time);
  const [counted] = database.rows(`SELECT count(*) FROM sessions ${where(filter)}`, ...valuesOf(filter));
  const total = Number(counted?.[0]);
  const paged: Condition[] = [...filter];
  if (query.after !== undefined) paged.push([`(${time}, ${offset}, number) < (?, ?, ?)`, ...query.after]);
  const rows = database.rows(
    `SELECT CAST(json AS BLOB), CAST(${time} AS BLOB), ${offset}, number
     FROM (SELECT ${time}, ${offset}, number FROM sessions ${where(paged)}
           ORDER BY ${time} DESC, ${offset} DESC, number DESC LIMIT ?)
     JOIN metadata USING (number) ORDER BY ${time} DESC, ${offset} DESC, number DESC`,
    ...valuesOf(paged),
    query.limit + 1,
  );
  const { page, last } = cut(rows, query.limit);
  const nextCursor = last && listCursor(query.order, [asText(last[1]), Number(last[2]), Number(last[3])]);
  return { sessions: page.map(([json]) => asText(json)), nextCursor: nextCursor ?? null, total };
}

/** The page, and its last row where there are more after it. */
function cut(rows: Row[], limit: number): { page: Row[]; last: Row | undefined } {
  const page = rows.slice(0, limit);
  return { page, last: rows.length > limit ? page.at(-1) : undefined };
}

function filters(query: ListInput, time: string): Condition[] {
  const { userId, status, parentSession, tag, agentId, q, since, until } = query;
  const conditions: (Condition | undefined)[] = [
    userId === undefined ? undefined : ["user_id = ?", bindable(userId)],
    status === undefined ? undefined : ["status = ?", status],
    parentSession === undefined ? undefined : ["parent = ?", parentSession],
    since === undefined ? undefined : [`${time} >= ?`, since],
    until === undefined ? undefined : [`${time} <= ?`, until],
    tag === undefined ? undefined : ["number IN (SELECT number FROM tags WHERE tag = ?)", bindable(tag)],
    agentId === undefined ? undefined : ["number IN (SELECT number FROM agents WHERE name = ?)", agentId],
    q === undefined
      ? undefined
      : ["number IN (SELECT number FROM words WHERE instr(text, ?) > 0)", bindable(q.toLowerCase())],
  ];
  return conditions.filter((condition) => condition !== undefined);
}

function where(conditions: readonly Condition[]): string {
  return conditions.length === 0 ? "" : `WHERE ${conditions.map(([sql]) => sql).join(" AND ")}`;
}

function valuesOf(conditions: readonly Condition[]): SqlValue[] {
  return conditions.flatMap(([, ...values]) => values);
}

export function recent(database: Sqlite, count: number): string[] {
  const newest =
    "SELECT created, first_offset, number FROM sessions ORDER BY created DESC, first_offset DESC, number DESC LIMIT ?";
  const sql = `SELECT CAST(json AS BLOB) FROM (${newest}) JOIN metadata USING (number)
    ORDER BY created DESC, first_offset DESC, number DESC`;
  return database.rows(sql, count).map(([json]) => asText(json));
}

const OPEN: readonly SessionStatus[] = ["created", "connecting", "active", "processing"];
const OPEN_IDS = `SELECT CAST(session_id AS BLOB), CAST(created AS BLOB), first_offset FROM sessions WHERE status = ?
  ORDER BY created DESC, first_offset DESC LIMIT 100`;
const COMPLETED_IDS = `SELECT CAST(session_id AS BLOB) FROM sessions INDEXED BY sessions_completed
  WHERE status = 'completed'
  ORDER BY updated DESC, last_offset DESC LIMIT 10`;
const MAX_ACTIVE_IDS = 100;

/** A session that has not ended counts as active, so that the counts add up. */
export function stats(database: Sqlite, totals: Totals): Stats {
  const { events, costUsd, storageBytes, ...tokenUsage } = totals.sums;
  const open = OPEN.flatMap((status) => database.rows(OPEN_IDS, status))
    .map(([sessionId, created, offset]) => ({
      id: asText(sessionId),
      created: asText(created),
      offset: Number(offset),
    }))
    .sort((a, b) => (a.created === b.created ? b.offset - a.offset : a.created < b.created ? 1 : -1));
  const ended = {
    completed: totals.count("completed"),
    failed: totals.count("failed"),
    terminated: totals.count("terminated"),
    interrupted: totals.count("interrupted"),
  };
  const active = totals.count(...OPEN);
  return {
    total: active + ended.completed + ended.failed + ended.terminated + ended.interrupted,
    active,
    ...ended,
    activeSessions: open.slice(0, MAX_ACTIVE_IDS).map(({ id }) => id),
    completedSessions: database.rows(COMPLETED_IDS).map(([id]) => asText(id)),
    events,
    tokenUsage,
    costUsd: Math.round(costUsd * 1e8) / 1e8,
    storageBytes,
  };
}

/** Rowids are made and taken apart by SQLite: with many sessions they outgrow what a number holds exactly. */
const ROWID = "(CAST(? AS INTEGER) << 32 | CAST(? AS INTEGER))";
const MAX_SEQ = 4_294_967_295;
const SNIPPET_TOKENS = 24;
const HITS = `SELECT CAST(s.session_id AS BLOB), CAST(snippet(texts, 0, '${MATCH_START}', '${MATCH_END}', '…', ${SNIPPET_TOKENS}) AS BLOB),
  CAST(texts.type AS BLOB), CAST(texts.timestamp AS BLOB), s.number, texts.rowid & ${MAX_SEQ}
  FROM texts CROSS JOIN sessions s ON s.number = texts.rowid >> 32`;

/**
 * Events that hold all the words, newest session first and in it the newest event first. Texts of deleted
 * sessions, which go little by little, are not found.
 */
export function search(
  database: Sqlite,
  query: SearchInput,
): { hits: SearchHit[]; nextCursor: string | null } {
  const conditions = searchConditions(database, query);
  if (conditions === undefined) return { hits: [], nextCursor: null };
  const sql = `${HITS} ${where(conditions)} ORDER BY texts.rowid DESC LIMIT ?`;
  const rows = database.rows(sql, ...valuesOf(conditions), query.limit + 1);
  const { page, last } = cut(rows, query.limit);
  const hits = page.map(([sessionId, snippet, type, timestamp, , seq]) => ({
    sessionId: asText(sessionId),
    seq: Number(seq),
    type: asText(type),
    snippet: asText(snippet),
    timestamp: asText(timestamp),
  }));
  return { hits, nextCursor: last === undefined ? null : hitCursor([Number(last[4]), Number(last[5])]) };
}

/** Undefined where nothing can be found. */
function searchConditions(
  database: Sqlite,
  { q, type, sessionId, after }: SearchInput,
): Condition[] | undefined {
  const words = matchExpression(q);
  if (words === undefined) return undefined;
  const conditions: Condition[] = [
    ["texts MATCH ?", type === undefined ? words : `${words} AND {type} : "${type}"`],
  ];
  if (sessionId !== undefined) {
    const number = database.rows("SELECT number FROM sessions WHERE session_id = ?", sessionId)[0]?.[0];
    if (number === undefined) return undefined;
    conditions.push([
      `texts.rowid BETWEEN ${ROWID} AND ${ROWID}`,
      Number(number),
      0,
      Number(number),
      MAX_SEQ,
    ]);
  }
  if (after !== undefined) conditions.push([`texts.rowid < ${ROWID}`, ...after]);
  return conditions;
}

export function sessionsBetween(database: Sqlite, after: number, upTo: number): string[] {
  const sql = "SELECT CAST(session_id AS BLOB) FROM sessions WHERE last_offset > ? AND first_offset <= ?";
  return database.rows(sql, after, upTo).map(([sessionId]) => asText(sessionId));
}

/** Oldest first. */
export function childrenOf(database: Sqlite, parentSession: string): string[] {
  const sql =
    "SELECT CAST(session_id AS BLOB) FROM sessions WHERE parent = ? ORDER BY created, first_offset, number";
  return database.rows(sql, parentSession).map(([sessionId]) => asText(sessionId));
}
