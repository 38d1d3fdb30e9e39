import type { HistoryEntry, UsageRow } from "session-protocol";

/** Days as epoch seconds of their midnight in UTC, and a value for each. Null: none. */
export interface Series {
  readonly days: readonly number[];
  readonly values: readonly (number | null)[];
}

const SHOWN_DAYS = 60;

export function perDay(rows: readonly UsageRow[], value: (row: UsageRow) => number): Series {
  return series(rows.flatMap((row) => (row.key === null ? [] : [[row.key, value(row)] as const])));
}

/** The share of the runs ended on a day that have succeeded. */
export function successByDay(runs: readonly HistoryEntry[]): Series {
  return series(byDay(runs, (own) => own.filter(({ status }) => status === "success").length / own.length));
}

export function durationsByDay(runs: readonly HistoryEntry[]): Series {
  return series(byDay(runs, (own) => median(own.map(({ durationMs }) => durationMs ?? 0))));
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

function series(points: readonly (readonly [string, number])[]): Series {
  const ordered = [...points].sort(([one], [other]) => (one < other ? -1 : 1)).slice(-SHOWN_DAYS);
  return {
    days: ordered.map(([day]) => Date.parse(`${day}T00:00:00Z`) / 1_000),
    values: ordered.map(([, value]) => value),
  };
}

const SHOWN_MODELS = 6;

export interface ModelCost {
  readonly name: string;
  readonly costUsd: number;
  readonly tokens: number;
  /** Of the greatest, from 0 to 1. */
  readonly share: number;
}

export function topModels(rows: readonly UsageRow[]): readonly ModelCost[] {
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
