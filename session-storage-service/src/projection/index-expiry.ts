import type { ExpiredSession, ExpiryOrder, ExpiryPage } from "../domain/retention.js";
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
