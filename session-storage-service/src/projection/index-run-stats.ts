import { RUN_STATUSES, type RunStats, type RunStatsDay, type RunStatus } from "session-protocol";
import type { RunStatsInput } from "../domain/reading.js";
import { asText, bindable, type Sqlite, type SqlValue } from "./sqlite.js";

const DAY_MS = 86_400_000;
const PERCENTILES = [0.5, 0.95, 1] as const;
const ENDED: readonly string[] = ["completed", "failed", "timeout", "cancelled"];

type Counts = RunStatsDay["runs"];

interface Group {
  readonly day: string;
  readonly status: RunStatus;
  readonly count: number;
  readonly tokensUsed: number;
  readonly costCents: number;
  readonly estimated: boolean;
}

/** Of the runs that began on `days` days up to and with the one of `now`. */
export function runStats(database: Sqlite, { userId, agentId, days, now }: RunStatsInput): RunStats {
  const series = daysUpTo(now, days);
  const since = dayOf(now - (days - 1) * DAY_MS);
  const owner = userId === undefined ? "agent" : "user";
  const from = `runs INDEXED BY runs_by_${owner} WHERE copied = 0 AND ${owner}_id = ? AND started >= ? AND started < ?`;
  const place = [bindable(userId ?? agentId), since, dayOf(now + DAY_MS)];
  const groups = groupsOf(database, from, place);
  const byDay = new Map<string, Group[]>();
  for (const group of groups) byDay.set(group.day, [...(byDay.get(group.day) ?? []), group]);
  const total = summed(groups);
  const ended = ENDED.reduce((sum, status) => sum + total.runs[status as RunStatus], 0);
  const [p50, p95, max] = durations(database, from, place, ended);
  return {
    since,
    until: dayOf(now),
    ...total,
    successRate: successRate(total.runs),
    durationMs: { p50: p50 ?? null, p95: p95 ?? null, max: max ?? null },
    series: series.map((day) => ({ day, ...summed(byDay.get(day) ?? []) })),
  };
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, "2026-01-01".length);

function daysUpTo(now: number, days: number): string[] {
  return Array.from({ length: days }, (_, index) => dayOf(now - (days - 1 - index) * DAY_MS));
}

function groupsOf(database: Sqlite, from: string, place: readonly SqlValue[]): Group[] {
  const sql = `SELECT CAST(substr(started, 1, 10) AS BLOB), CAST(status AS BLOB), count(*), sum(tokens), sum(cost_cents),
    max(estimated) FROM ${from} GROUP BY 1, 2`;
  return database.rows(sql, ...place).map(([day, status, count, tokensUsed, costCents, estimated]) => ({
    day: asText(day),
    status: asText(status) as RunStatus,
    count: Number(count),
    tokensUsed: Number(tokensUsed),
    costCents: Number(costCents),
    estimated: Number(estimated) === 1,
  }));
}

function summed(groups: readonly Group[]): Omit<RunStatsDay, "day"> {
  const runs = Object.fromEntries(["total", ...RUN_STATUSES].map((name) => [name, 0])) as Counts;
  const sums = { tokensUsed: 0, costCents: 0, estimated: false };
  for (const { status, count, tokensUsed, costCents, estimated } of groups) {
    runs.total += count;
    runs[status] += count;
    sums.tokensUsed += tokensUsed;
    sums.costCents = Math.round((sums.costCents + costCents) * 1e6) / 1e6;
    sums.estimated ||= estimated;
  }
  return { runs, ...sums };
}

/** A run that was interrupted has ended, and not well. */
function successRate({ total, running, completed }: Counts): number | null {
  return total === running ? null : completed / (total - running);
}

/** By nearest rank, of the runs that ended by themselves: how long an interrupted one took is not known. */
function durations(database: Sqlite, from: string, place: readonly SqlValue[], count: number): number[] {
  if (count === 0) return [];
  const ranks = PERCENTILES.map((share) => Math.ceil(share * count));
  const sql = `SELECT place, duration_ms FROM (
      SELECT duration_ms, row_number() OVER (ORDER BY duration_ms) AS place FROM ${from}
      AND status IN (${ENDED.map((status) => `'${status}'`).join(", ")}))
    WHERE place IN (?, ?, ?)`;
  const rows = database.rows(sql, ...place, ...ranks);
  const byPlace = new Map(rows.map(([rank, durationMs]) => [Number(rank), Number(durationMs)]));
  return ranks.map((rank) => byPlace.get(rank) ?? 0);
}
