import { z } from "zod";
import { AgentId, NodeId, RunId, SessionId, Timestamp } from "./ids.js";
import { JsonObject } from "./json.js";
import { WriteResult } from "./state.js";

const Text = z.string().max(256);
/** A sender's own time, with any offset from UTC. */
const SentTime = z.iso.datetime({ offset: true });
const DurationMs = z.number().min(0).max(Number.MAX_SAFE_INTEGER);

/** What begins a run. Fields beyond these are kept as sent. */
export const StartRun = z.looseObject({
  runId: RunId.nullish(),
  agentId: AgentId,
  flow: Text.nullish(),
  role: Text.nullish(),
  provider: Text.nullish(),
  model: Text.nullish(),
  input: z.unknown().optional(),
  taskId: Text.nullish(),
  ttlDays: z.number().positive().max(36_500).nullish(),
});
export type StartRun = z.infer<typeof StartRun>;

export const NODE_STATUSES = ["running", "completed", "failed"] as const;
export const NodeStatus = z.enum(NODE_STATUSES);
export type NodeStatus = z.infer<typeof NodeStatus>;

const nodeFields = {
  nodeId: NodeId,
  nodeType: z.string().min(1).max(256),
  parentNodeId: NodeId.nullish(),
  status: NodeStatus,
  input: z.unknown().optional(),
  output: z.unknown().optional(),
  startedAt: SentTime.nullish(),
  completedAt: SentTime.nullish(),
  durationMs: DurationMs.nullish(),
  error: z.unknown().optional(),
  metadata: JsonObject.nullish(),
};

interface Span {
  readonly startedAt?: string | null | undefined;
  readonly completedAt?: string | null | undefined;
}

function forwards({ startedAt, completedAt }: Span, context: z.RefinementCtx): void {
  if (startedAt == null || completedAt == null || Date.parse(completedAt) >= Date.parse(startedAt)) return;
  context.addIssue({ code: "custom", path: ["completedAt"], message: "is before startedAt" });
}

/** One step of a run, or what has become of it. */
export const RunNode = z.looseObject(nodeFields).superRefine(forwards);
export type RunNode = z.infer<typeof RunNode>;

const endFields = {
  output: z.unknown().optional(),
  error: z.unknown().optional(),
  /** What the sender has measured. */
  durationMs: DurationMs.nullish(),
  tokensUsed: z.int().min(0).max(1_000_000_000_000).nullish(),
  costCents: z.number().min(0).max(100_000_000).nullish(),
};

const FAILURES = ["failed", "timeout", "cancelled"] as const;

export const CompleteRun = z.looseObject({ status: z.enum(["completed", ...FAILURES]), ...endFields });
export type CompleteRun = z.infer<typeof CompleteRun>;

/** What `data` of a run's events in a batch must be. */
export const RUN_EVENT_DATA = {
  execution_started: StartRun,
  node_executed: z.looseObject({ runId: RunId, ...nodeFields }).superRefine(forwards),
  execution_completed: z.looseObject({
    runId: RunId,
    status: z.literal("completed").optional(),
    ...endFields,
  }),
  execution_failed: z.looseObject({ runId: RunId, status: z.enum(FAILURES).optional(), ...endFields }),
} as const;

export const RUN_STATUSES = ["running", "completed", ...FAILURES, "interrupted"] as const;
export const RunStatus = z.enum(RUN_STATUSES);
export type RunStatus = z.infer<typeof RunStatus>;

/** `estimated`: some of the cost was computed from the service's price table. */
export const RunSummary = z.object({
  runId: RunId,
  sessionId: SessionId,
  userId: z.string(),
  agentId: z.string(),
  flow: z.string().nullable(),
  role: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  taskId: z.string().nullable(),
  ttlDays: z.number().nullable(),
  status: RunStatus,
  startedAt: Timestamp,
  completedAt: Timestamp.nullable(),
  durationMs: z.number().nullable(),
  nodeCount: z.int(),
  failedNodes: z.int(),
  activityCount: z.int(),
  tokensUsed: z.int(),
  costCents: z.number(),
  estimated: z.boolean(),
  input: z.unknown(),
  output: z.unknown(),
  error: z.unknown(),
});
export type RunSummary = z.infer<typeof RunSummary>;

export const StartRunResult = WriteResult.extend({ runId: RunId });
export type StartRunResult = z.infer<typeof StartRunResult>;
