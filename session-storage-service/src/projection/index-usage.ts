import type { UsageQuery, UsageRow } from "session-protocol";
import { keyText, type UsageRecord } from "../domain/usage.js";
import { asText, bindable, type Sqlite, type SqlValue } from "./sqlite.js";

const AMOUNTS = [
  "records",
  "runs",
  "input",
  "output",
  "cache_read",
  "cache_write",
  "total",
  "cost",
  "estimated",
];
const COLUMN_OF = { model: "model", agentId: "agent_id", userId: "user_id" } as const;
type Kind = keyof typeof COLUMN_OF;

const each = (names: readonly string[], textOf: (name: string) => string): string =>
  names.map(textOf).join(", ");
const DECLARED = each(AMOUNTS, (name) => `${name} INTEGER NOT NULL`);

/** What a changed row adds to the sums; a sum of no records goes. Blob `x''` stands for no name. */
function keepingSums(change: string, row: "NEW" | "OLD", difference: (name: string) => string): string {
  const statements = Object.entries(COLUMN_OF).map(([kind, column]) => {
    const place = `'${kind}', ${row}.day, coalesce(${row}.${column}, x'')`;
    return `INSERT INTO usage_sums VALUES (${place}, ${each(AMOUNTS, difference)})
      ON CONFLICT DO UPDATE SET ${each(AMOUNTS, (name) => `${name} = ${name} + excluded.${name}`)};
      DELETE FROM usage_sums WHERE (kind, day, key) = (${place}) AND records = 0;`;
  });
  return `CREATE TRIGGER usage_${change} AFTER ${change} ON usage BEGIN ${statements.join("\n")} END;`;
}

/**
 * Usage by session, whose `number` is the session's and whose `records` is 1, and its sums by day and each
 * kind of name, which the database keeps up with every change. Costs are in hundred-millionths of a dollar.
 */
export const USAGE_TABLES = `
CREATE TABLE usage(
  number INTEGER NOT NULL,
  key TEXT NOT NULL,
  day TEXT NOT NULL,
  model TEXT,
  agent_id TEXT,
  user_id TEXT NOT NULL,
  ${DECLARED},
  PRIMARY KEY (number, key)
) WITHOUT ROWID;
CREATE TABLE usage_sums(
  kind TEXT NOT NULL,
  day TEXT NOT NULL,
  key NOT NULL,
  ${DECLARED},
  PRIMARY KEY (kind, day, key)
) WITHOUT ROWID;
${keepingSums("INSERT", "NEW", (name) => `NEW.${name}`)}
${keepingSums("UPDATE", "NEW", (name) => `NEW.${name} - OLD.${name}`)}
${keepingSums("DELETE", "OLD", (name) => `-OLD.${name}`)}
`;

const PUT = `INSERT INTO usage SELECT ${Array.from({ length: 15 }, (_, index) => `value ->> ${String(index)}`).join(", ")}
  FROM json_each(?) WHERE true
  ON CONFLICT DO UPDATE SET ${each(AMOUNTS, (name) => `${name} = excluded.${name}`)}`;
const RECORDS_PER_STATEMENT = 1_000;
const UNITS_PER_USD = 1e8;

export interface OwnUsage {
  readonly number: number;
  readonly userId: string;
  readonly usage?: readonly UsageRecord[] | undefined;
}

/** Brings what has changed of sessions' usage into the index; within a transaction. */
export function putUsage(database: Sqlite, sessions: readonly OwnUsage[]): void {
  const rows = sessions.flatMap(({ number, userId, usage = [] }) =>
    usage.map((record) => rowOf(number, userId, record)),
  );
  for (let from = 0; from < rows.length; from += RECORDS_PER_STATEMENT) {
    database.run(PUT, JSON.stringify(rows.slice(from, from + RECORDS_PER_STATEMENT)));
  }
}

const named = (name: string | null): string | null => (name === null ? null : bindable(name));

function rowOf(number: number, userId: string, record: UsageRecord): SqlValue[] {
  const { day, model, agentId, runs, tokenUsage, costUsd, estimated } = record;
  const { input, output, cacheRead, cacheWrite, total } = tokenUsage;
  const place = [number, bindable(keyText(record)), day, named(model), named(agentId), bindable(userId)];
  const cost = Math.round(costUsd * UNITS_PER_USD);
  return [...place, 1, runs, input, output, cacheRead, cacheWrite, total, cost, Number(estimated)];
}

const MAX_ROWS = 10_000;
const DAY_LENGTH = "2026-01-01".length;

/** Days in order; anything else by what it cost. Takes as long as there are days and names. */
export function usage(database: Sqlite, { groupBy, since, until }: UsageQuery): UsageRow[] {
  const kind: Kind = groupBy === "day" ? "model" : groupBy;
  const group = groupBy === "day" ? "day" : "key";
  const order = groupBy === "day" ? "day" : "total(cost) DESC, key";
  const sql = `SELECT CAST(nullif(${group}, x'') AS BLOB), ${each(AMOUNTS.slice(1), (name) => `total(${name})`)}
    FROM usage_sums WHERE kind = ? AND day BETWEEN ? AND ? GROUP BY ${group} ORDER BY ${order} LIMIT ${String(MAX_ROWS)}`;
  const days = [since?.slice(0, DAY_LENGTH) ?? "", until?.slice(0, DAY_LENGTH) ?? "9999"];
  return database.rows(sql, kind, ...days).map(([key, ...amounts]) => {
    const [runs = 0, input = 0, output = 0, cacheRead = 0, cacheWrite = 0, total = 0, cost = 0, estimated] =
      amounts.map(Number);
    return {
      key: key === null ? null : asText(key),
      runs,
      tokenUsage: { input, output, cacheRead, cacheWrite, total },
      costUsd: cost / UNITS_PER_USD,
      estimated: estimated !== 0,
    };
  });
}
