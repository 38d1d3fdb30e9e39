import { describe, expect, it } from "vitest";
import type { HistoryEntry, UsageRow } from "session-protocol";
import { costByDay, successByDay, tokensByDay, topModels, totalOf } from "../src/overview/chart-data.js";
import { dayText, namedDays, topOf, topOfMs } from "../src/overview/chart-scale.js";

const DAY = 86_400;
const at = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1_000;

function row(key: string, more: Partial<UsageRow> = {}): UsageRow {
  const tokenUsage = { input: 10, output: 5, cacheRead: 3, cacheWrite: 2, total: 20 };
  return { key, runs: 1, tokenUsage, costUsd: 0, estimated: false, ...more };
}

describe("a scale", () => {
  it.each([
    [0, 1],
    [1, 1],
    [3, 4],
    [326_000, 400_000],
    [0.0061, 0.01],
    [950, 1_000],
  ])("for %s ends at %s, so that its half is short as well", (greatest, top) => {
    expect(topOf(greatest)).toBeCloseTo(top, 10);
  });

  it.each([
    [189, 200],
    [45_000, 60_000],
    [200_000, 4 * 60_000],
    [3 * 3_600_000, 4 * 3_600_000],
  ])("for %s ms ends at %s ms", (greatest, top) => {
    expect(topOfMs(greatest)).toBe(top);
  });

  it("names the last day, and days at even distances before it", () => {
    const last = at("2026-11-29");
    expect(namedDays(last - 6 * DAY, last, 190).map(dayText)).toEqual(["23 Nov", "26 Nov", "29 Nov"]);
    expect(namedDays(last, last, 190).map(dayText)).toEqual(["29 Nov"]);
  });
});

describe("what charts show", () => {
  it("is tokens by kind, the oldest day first", () => {
    const series = tokensByDay([row("2026-11-29"), row("2026-11-28")]);
    expect(series.days).toEqual([at("2026-11-28"), at("2026-11-29")]);
    expect(series.parts.map(({ name, values }) => [name, values[0]])).toEqual([
      ["cached", 5],
      ["input", 10],
      ["output", 5],
    ]);
    expect([totalOf(series, 1), totalOf(costByDay([row("2026-11-29")]), 0)]).toEqual([20, 0]);
  });

  it("is the share of ended runs that succeeded", () => {
    const run = (status: string) => ({ status, startedAt: "2026-11-29T10:00:00Z" }) as HistoryEntry;
    const { parts } = successByDay(["success", "failed", "running"].map(run));
    expect(parts[0]?.values).toEqual([0.5]);
  });

  it("is models by cost, and by tokens where nothing had a cost", () => {
    const tokens = (total: number) => ({ ...row("").tokenUsage, total });
    const paid = [row("dear", { costUsd: 2 }), row("cheap", { costUsd: 1 })];
    expect(topModels(paid).map(({ share }) => share)).toEqual([1, 0.5]);
    const free = [row("small", { tokenUsage: tokens(5) }), row("big", { tokenUsage: tokens(10) })];
    expect(topModels(free).map(({ name, share }) => [name, share])).toEqual([
      ["big", 1],
      ["small", 0.5],
    ]);
  });
});
