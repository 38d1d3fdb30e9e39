import { z } from "zod";
import { AgentId, RunId, UserId } from "./ids.js";
import { Limit, Moment, wholeNumber } from "./query.js";
import { NodeStatus, RUN_STATUSES, RunStatus, RunSummary } from "./runs.js";
import { TokenUsage } from "./sessions.js";

const Skip = wholeNumber(0).default(0).meta({ description: "How many to pass over." });

/** In the history a completed run is a success. */
export const HISTORY_STATUSES = [
  "success",
  ...RUN_STATUSES.filter((status) => status !== "completed"),
] as const;
export const HistoryStatus = z.enum(HISTORY_STATUSES);
export type HistoryStatus = z.infer<typeof HistoryStatus>;

export const RunsQuery = z.object({ status: RunStatus.optional(), skip: Skip, limit: Limit });
export type RunsQuery = z.infer<typeof RunsQuery>;

export const HistoryQuery = z.object({
  agentId: AgentId.optional(),
  userId: UserId.optional(),
  status: HistoryStatus.optional(),
  since: Moment.optional(),
  until: Moment.optional(),
  skip: Skip,
  limit: Limit,
});
export type HistoryQuery = z.infer<typeof HistoryQuery>;

/** A run as the history shows it. `duration` is `durationMs` in words. */
export const HistoryEntry = RunSummary.omit({ status: true }).extend({
  status: HistoryStatus,
  duration: z.string().nullable(),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;

export const LogsQuery = z.object({ runId: RunId });

export const LoggedNode = z.object({
  id: z.string(),
  /** What the node was called, where it was. */
  name: z.string().nullable(),
  type: z.string(),
  parentId: z.string().nullable(),
  input: z.unknown(),
  output: z.unknown(),
  /** As sent; else when its first event was stored, before which what it took has passed if it had ended by then. */
  startedAt: z.string(),
  time: z.string().nullable(),
  durationMs: z.number().nullable(),
  status: NodeStatus,
  errorMessage: z.string().nullable(),
  metadata: z.unknown(),
});
export type LoggedNode = z.infer<typeof LoggedNode>;

/** `errors`: those of nodes, then the run's own with `nodeId` null; at most 1,000. */
export const RunLogs = z.object({
  runId: RunId,
  nodes: z.array(LoggedNode),
  errors: z.array(z.object({ nodeId: z.string().nullable(), message: z.string() })),
  finalOutput: z.unknown(),
  summary: z.object({
    totalNodes: z.int(),
    successfulNodes: z.int(),
    failedNodes: z.int(),
    totalDuration: z.string().nullable(),
    tokensUsed: z.int(),
    costCents: z.number(),
  }),
});
export type RunLogs = z.infer<typeof RunLogs>;

export const RunStatsQuery = z.object({
  days: wholeNumber(1, 3_650).default(30).meta({ description: "So many days up to and with today, in UTC." }),
});

const RunCounts = z.object(
  Object.fromEntries(["total", ...RUN_STATUSES].map((name) => [name, z.int()])) as Record<
    "total" | RunStatus,
    z.ZodInt
  >,
);

const sums = { tokensUsed: z.int(), costCents: z.number(), estimated: z.boolean() };

export const RunStatsDay = z.object({ day: z.iso.date(), runs: RunCounts, ...sums });
export type RunStatsDay = z.infer<typeof RunStatsDay>;

/** Of runs that began on these days. `successRate`: completed among those that ended, null where none has. */
export const RunStats = z.object({
  since: z.iso.date(),
  until: z.iso.date(),
  runs: RunCounts,
  successRate: z.number().nullable(),
  durationMs: z.object({
    p50: z.number().nullable(),
    p95: z.number().nullable(),
    max: z.number().nullable(),
  }),
  ...sums,
  series: z.array(RunStatsDay),
});
export type RunStats = z.infer<typeof RunStats>;

export const UsageQuery = z.object({
  groupBy: z.enum(["day", "model", "agentId", "userId"]).default("day"),
  since: Moment.optional(),
  until: Moment.optional(),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

/** `key` is null for what names no model or no agent. */
export const UsageRow = z.object({
  key: z.string().nullable(),
  runs: z.int(),
  tokenUsage: TokenUsage,
  costUsd: z.number(),
  estimated: z.boolean(),
});
export type UsageRow = z.infer<typeof UsageRow>;
export const UsageReport = z.object({ rows: z.array(UsageRow) });
