import type { HistoryEntry, UsageRow } from "session-protocol";

/** What bars of a chart are made of. */
export interface Part {
  readonly name: string;
  /** One for each day. */
  readonly values: readonly number[];
}

/** Days as epoch seconds of their midnight in UTC, and what there was on each. */
export interface Series {
  readonly days: readonly number[];
  readonly parts: readonly Part[];
}

const SHOWN_DAYS = 60;

export function tokensByDay(rows: readonly UsageRow[]): Series {
  return perDay(rows, {
    cached: ({ tokenUsage: { cacheRead, cacheWrite } }) => cacheRead + cacheWrite,
    input: ({ tokenUsage }) => tokenUsage.input,
    output: ({ tokenUsage }) => tokenUsage.output,
  });
}

export function costByDay(rows: readonly UsageRow[]): Series {
  return perDay(rows, { cost: ({ costUsd }) => costUsd });
}

function perDay(
  rows: readonly UsageRow[],
  values: Readonly<Record<string, (row: UsageRow) => number>>,
): Series {
  const days = lastDays(rows.flatMap((row) => (row.key === null ? [] : [[row.key, row] as const])));
  return {
    days: days.map(([day]) => secondsOf(day)),
    parts: Object.entries(values).map(([name, value]) => ({
      name,
      values: days.map(([, row]) => value(row)),
    })),
  };
}

/** The sum of all parts on a day. */
export function totalOf({ parts }: Series, index: number): number {
  return parts.reduce((sum, { values }) => sum + (values[index] ?? 0), 0);
}

/** The share of the runs ended on a day that have succeeded. */
export function successByDay(runs: readonly HistoryEntry[]): Series {
  return series(
    "succeeded",
    byDay(runs, (own) => own.filter(({ status }) => status === "success").length / own.length),
  );
}

export function durationsByDay(runs: readonly HistoryEntry[]): Series {
  return series(
    "median",
    byDay(runs, (own) => median(own.map(({ durationMs }) => durationMs ?? 0))),
  );
}

function byDay(
  runs: readonly HistoryEntry[],
  sum: (runs: readonly HistoryEntry[]) => number,
): (readonly [string, number])[] {
  const days = new Map<string, HistoryEntry[]>();
  for (const run of runs) {
    if (run.status === "running") continue;
    const day = run.startedAt.slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), run]);
  }
  return [...days].map(([day, own]) => [day, sum(own)] as const);
}

function median(values: readonly number[]): number {
  const ordered = [...values].sort((one, other) => one - other);
  return ordered[Math.floor(ordered.length / 2)] ?? 0;
}

function series(name: string, points: readonly (readonly [string, number])[]): Series {
  const days = lastDays(points);
  return {
    days: days.map(([day]) => secondsOf(day)),
    parts: [{ name, values: days.map(([, value]) => value) }],
  };
}

function lastDays<T>(points: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return [...points].sort(([one], [other]) => (one < other ? -1 : 1)).slice(-SHOWN_DAYS);
}

function secondsOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1_000;
}

const SHOWN_MODELS = 6;

export interface ModelUse {
  readonly name: string;
  readonly costUsd: number;
  readonly tokens: number;
  /** Of the greatest, from 0 to 1. */
  readonly share: number;
}

export function topModels(rows: readonly UsageRow[]): readonly ModelUse[] {
  const used = rows.filter(({ costUsd, tokenUsage }) => costUsd > 0 || tokenUsage.total > 0);
  const ordered = used.sort(
    (one, other) => other.costUsd - one.costUsd || other.tokenUsage.total - one.tokenUsage.total,
  );
  const weight = ({ costUsd, tokenUsage }: UsageRow): number => (most > 0 ? costUsd : tokenUsage.total);
  const most = ordered[0]?.costUsd ?? 0;
  const greatest = Math.max(...ordered.map(weight), Number.MIN_VALUE);
  return ordered.slice(0, SHOWN_MODELS).map((row) => ({
    name: row.key ?? "no model named",
    costUsd: row.costUsd,
    tokens: row.tokenUsage.total,
    share: weight(row) / greatest,
  }));
}
