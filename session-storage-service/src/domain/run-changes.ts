import type { RunStatus } from "session-protocol";
import type { StoredEvent } from "./events.js";
import { boundaryOf } from "./run-keys.js";
import { descriptionOf, totalsOf, type OpenRun, type OpenRuns, type RunTotals } from "./runs.js";

/** Larger texts are left where they are, so that a page of runs is small: whoever shows a run reads them from its events. */
const MAX_TEXT_CHARS = 8_192;

/** A value as JSON text, null where there is none. */
export interface IndexedText {
  readonly text: string | null;
  readonly isTooLarge: boolean;
}

interface RunSums {
  readonly durationMs: number | null;
  readonly nodeCount: number;
  readonly failedNodes: number;
  readonly activityCount: number;
  readonly tokensUsed: number;
  readonly costCents: number;
  readonly estimated: boolean;
}

export interface BegunRun extends ReturnType<typeof descriptionOf> {
  readonly seq: number;
  readonly offset: number;
  readonly startedAt: string;
  /** Whether a fork has it from its source, whose run it is. */
  readonly isCopy: boolean;
  readonly input: IndexedText;
}

export interface LiveRun extends RunSums {
  readonly runId: string;
  readonly status: Extract<RunStatus, "running" | "interrupted">;
  readonly endedAt: string | null;
}

export interface EndedRun extends RunSums {
  readonly runId: string;
  readonly seq: number;
  readonly status: string;
  readonly endedAt: string;
  readonly output: IndexedText;
  readonly error: IndexedText;
}

/** What the index has to be told of a session's runs. Values are absolute: telling them again changes nothing. */
export interface RunChanges {
  readonly began: readonly BegunRun[];
  readonly live: readonly LiveRun[];
  readonly ended: readonly EndedRun[];
}

export const NO_RUN_CHANGES: RunChanges = { began: [], live: [], ended: [] };

/** `older`, then `newer`. */
export function joined(older: RunChanges, newer: RunChanges): RunChanges {
  return {
    began: [...older.began, ...newer.began],
    live: [...older.live, ...newer.live],
    ended: [...older.ended, ...newer.ended],
  };
}

/** Runs whose time is over are not told of. @param takenOver seq of the last event that a fork has from its source, else 0 */
export function boundaryChanges(events: Iterable<StoredEvent>, takenOver: number): RunChanges {
  const began: BegunRun[] = [];
  const ended: EndedRun[] = [];
  for (const event of events) {
    if (boundaryOf(event) === undefined || event.expired === true) continue;
    if (event.type === "execution_started") began.push(begunRun(event, event.seq <= takenOver));
    else ended.push(endedRun(event));
  }
  return { began, live: [], ended };
}

function begunRun({ seq, offset, timestamp, data }: StoredEvent, isCopy: boolean): BegunRun {
  return { ...descriptionOf(data), seq, offset, startedAt: timestamp, isCopy, input: indexed(data.input) };
}

function endedRun({ seq, timestamp, data, type }: StoredEvent): EndedRun {
  const { tokensUsed, costCents, status, totals } = data;
  const sums = sumsOf(totals as RunTotals | undefined);
  return {
    ...sums,
    tokensUsed: typeof tokensUsed === "number" ? tokensUsed : sums.tokensUsed,
    costCents: typeof costCents === "number" ? costCents : sums.costCents,
    estimated: sums.estimated && typeof costCents !== "number",
    runId: String(data.runId),
    seq,
    status: typeof status === "string" ? status : type === "execution_completed" ? "completed" : "failed",
    endedAt: timestamp,
    output: indexed(data.output),
    error: indexed(data.error),
  };
}

/** Open runs that are not what was `told` before. */
export function liveChanges(runs: OpenRuns, told: OpenRuns | undefined): LiveRun[] {
  return [...runs.open.changesSince(told?.open)].map(([, run]) => liveRun(run));
}

function liveRun(run: OpenRun): LiveRun {
  const { runId, interruptedAt: endedAt } = run;
  const sums = sumsOf(totalsOf(run, endedAt ?? run.startedAt));
  return {
    ...sums,
    durationMs: endedAt === null ? null : sums.durationMs,
    runId,
    status: endedAt === null ? "running" : "interrupted",
    endedAt,
  };
}

function sumsOf(totals: RunTotals | undefined): RunSums {
  return {
    durationMs: totals?.durationMs ?? null,
    nodeCount: totals?.nodeCount ?? 0,
    failedNodes: totals?.failedNodes ?? 0,
    activityCount: totals?.activityCount ?? 0,
    tokensUsed: totals?.tokenUsage.total ?? 0,
    costCents: centsOf(totals?.costUsd ?? 0),
    estimated: totals?.estimated ?? false,
  };
}

/** Dollars have eight decimals at most. */
function centsOf(costUsd: number): number {
  return Math.round(costUsd * 1e8) / 1e6;
}

function indexed(value: unknown): IndexedText {
  if (value == null) return { text: null, isTooLarge: false };
  const text = JSON.stringify(value);
  return text.length > MAX_TEXT_CHARS ? { text: null, isTooLarge: true } : { text, isTooLarge: false };
}
