import { z } from "zod";
import { SessionEvent } from "./events.js";
import { AgentId, SessionId, Timestamp, UserId } from "./ids.js";
import { JsonObject } from "./json.js";
import { LogEntry } from "./actions.js";
import { State } from "./state.js";

export const SESSION_STATUSES = [
  "created",
  "connecting",
  "active",
  "processing",
  "completed",
  "failed",
  "terminated",
  "interrupted",
] as const;
export const SessionStatus = z.enum(SESSION_STATUSES);
export type SessionStatus = z.infer<typeof SessionStatus>;

const OpenStatus = z.enum(["created", "connecting", "active", "processing"]);
const Name = z.string().max(1_024);
const Description = z.string().max(65_536);
const Tags = z.array(z.string().min(1).max(256)).max(100);
const Model = z.string().max(256);
const SandboxId = z.string().max(256);
/** Days a session is kept after it ended. */
const TtlDays = z.number().positive().max(36_500);

const createFields = {
  userId: UserId,
  initial: JsonObject,
  name: Name.nullish(),
  description: Description.nullish(),
  tags: Tags.nullish(),
  parentSession: SessionId.nullish(),
  sandboxId: SandboxId.nullish(),
  ttlDays: TtlDays.nullish(),
  status: OpenStatus.optional(),
};

export const CreateSession = z.object({ sessionId: SessionId.optional(), ...createFields });
export type CreateSession = z.infer<typeof CreateSession>;

/** `create` of a batch: what makes the session when it does not exist yet. */
export const CreateWithBatch = z.object({ ...createFields, initial: JsonObject.optional() });
export type CreateWithBatch = z.infer<typeof CreateWithBatch>;

export const CreateSessionResult = z.object({
  success: z.literal(true),
  created: z.boolean(),
  sessionId: SessionId,
  path: z.string(),
  seq: z.int(),
  duplicate: z.literal(true).optional(),
});
export type CreateSessionResult = z.infer<typeof CreateSessionResult>;

/** JSON Merge Patch: an absent field stays, `null` clears it. Unknown names are refused so that a typo is seen. */
export const MetadataPatch = z.strictObject({
  name: Name.nullish(),
  description: Description.nullish(),
  tags: Tags.nullish(),
  model: Model.nullish(),
  sandboxId: SandboxId.nullish(),
  ttlDays: TtlDays.nullish(),
  status: SessionStatus.optional(),
  labels: JsonObject.nullish(),
});
export type MetadataPatch = z.infer<typeof MetadataPatch>;

export const TokenUsage = z.object({
  input: z.int(),
  output: z.int(),
  cacheRead: z.int(),
  cacheWrite: z.int(),
  total: z.int(),
});
export type TokenUsage = z.infer<typeof TokenUsage>;

export const Metrics = z.object({
  actions: z.int(),
  responses: z.int(),
  agentsSpawned: z.int(),
  toolCalls: z.int(),
  mcpCalls: z.int(),
  filesModified: z.int(),
  bashCommands: z.int(),
  errors: z.int(),
});
export type Metrics = z.infer<typeof Metrics>;

export const ForkOrigin = z.object({ sessionId: SessionId, seq: z.int() });
export type ForkOrigin = z.infer<typeof ForkOrigin>;

/** What its agents did, by what they say themselves. */
export const Activity = z.object({
  startedAt: Timestamp.meta({
    description: "When the first thing happened: before `created`, where it waited for the service.",
  }),
  lastAt: Timestamp.nullable().meta({ description: "When the last thing happened; null before the first." }),
  failures: z.int().meta({
    description:
      "Events that tell of something that went wrong: calls, steps, runs, agents, goals, errors. A call that is a step of a run counts once.",
  }),
  agents: z.array(z.object({ agentId: AgentId, type: z.string().nullable() })).meta({
    description:
      "Those that did something or were spawned, the first 100, in the order they were first heard of.",
  }),
});
export type Activity = z.infer<typeof Activity>;

export const Metadata = z.object({
  $schema: z.literal("session-metadata-v1"),
  sessionId: SessionId,
  tenantId: z.string().nullable(),
  userId: UserId,
  name: z.string().nullable(),
  description: z.string().nullable(),
  sandboxId: z.string().nullable(),
  created: z.string(),
  updated: z.string(),
  status: SessionStatus,
  model: z.string().nullable(),
  yoloMode: z.boolean(),
  tokenUsage: TokenUsage,
  costUsd: z.number(),
  metrics: Metrics,
  /** Absent in files of earlier versions. */
  activity: Activity.optional(),
  tags: z.array(z.string()),
  labels: JsonObject,
  parentSession: SessionId.nullable(),
  forkedFrom: ForkOrigin.nullable(),
  subsessions: z.array(SessionId),
  seq: z.int(),
  /** From `created` to the end, or to the last event of a session that has not ended. */
  durationMs: z.number(),
  ttlDays: z.number().nullable(),
  expiresAt: z.string().nullable(),
});
export type Metadata = z.infer<typeof Metadata>;

export const FinalizeRequest = z.object({
  status: z.enum(["success", "failure"]).optional(),
  outcome: z.unknown().optional(),
  response: z.unknown().optional(),
});
export type FinalizeRequest = z.infer<typeof FinalizeRequest>;

export const Final = z.object({
  $schema: z.literal("session-final-v1"),
  sessionId: SessionId,
  status: z.enum(["success", "failure"]),
  outcome: z.unknown(),
  response: z.unknown(),
  finalizedAt: z.string(),
  durationMs: z.number(),
  tokenUsage: TokenUsage,
  costUsd: z.number(),
  metrics: Metrics,
  seq: z.int(),
});
export type Final = z.infer<typeof Final>;

export const FinalizeResult = z.object({
  success: z.literal(true),
  seq: z.int(),
  status: SessionStatus,
  final: Final.nullable(),
  duplicate: z.literal(true).optional(),
});

export const MetadataWriteResult = z.object({
  success: z.literal(true),
  seq: z.int(),
  metadata: Metadata,
  duplicate: z.literal(true).optional(),
});

export const ForkRequest = z.object({ sessionId: SessionId.optional(), atSeq: z.int().min(1).optional() });
export type ForkRequest = z.infer<typeof ForkRequest>;
export const ForkResult = CreateSessionResult.extend({ forkedFrom: ForkOrigin });

export const SessionDocument = z.object({
  metadata: Metadata,
  initial: JsonObject,
  state: State,
  actions: z.array(LogEntry),
  responses: z.array(LogEntry),
  final: Final.nullable(),
  truncated: z.object({ actions: z.boolean(), responses: z.boolean() }),
});

export const ResumeResult = z.object({
  metadata: Metadata,
  initial: JsonObject,
  state: State,
  seq: z.int(),
  duplicate: z.literal(true).optional(),
});
/** A session with all its events, as an export gives it. */
export const SessionExport = z.object({
  metadata: Metadata,
  initial: JsonObject,
  state: State,
  final: Final.nullable(),
  events: z.array(SessionEvent),
});
export const SessionPage = z.object({
  sessions: z.array(Metadata),
  nextCursor: z.string().nullable(),
  total: z.int(),
});
