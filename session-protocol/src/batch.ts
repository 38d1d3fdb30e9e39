import { z } from "zod";
import { Action, Response } from "./actions.js";
import { AgentId, EventId, GoalId, ProducerId } from "./ids.js";
import { RUN_EVENT_DATA } from "./runs.js";
import { CreateWithBatch, FinalizeRequest, MetadataPatch } from "./sessions.js";
import { AgentCompletion, AgentRequest, GoalPatch, GoalRequest, StatePatch } from "./state.js";

/** What `data` of an event in a batch must be, by the event's type. */
export const CLIENT_EVENT_DATA = {
  action: Action,
  response: Response,
  state_updated: StatePatch,
  goal_added: GoalRequest,
  goal_updated: GoalPatch.extend({ goalId: GoalId }),
  agent_spawned: AgentRequest,
  agent_completed: AgentCompletion.extend({ agentId: AgentId }),
  metadata_updated: MetadataPatch,
  ...RUN_EVENT_DATA,
  session_finalized: FinalizeRequest,
} as const;

export type ClientEventType = keyof typeof CLIENT_EVENT_DATA;
export const ClientEventType = z.enum(
  Object.keys(CLIENT_EVENT_DATA) as [ClientEventType, ...ClientEventType[]],
);

const batchEvent = <T extends ClientEventType>(type: T) =>
  z.object({ type: z.literal(type), id: EventId.optional(), data: CLIENT_EVENT_DATA[type] });

/** One event as a client sends it. */
export const BatchEvent = z.discriminatedUnion("type", [
  batchEvent("action"),
  batchEvent("response"),
  batchEvent("state_updated"),
  batchEvent("goal_added"),
  batchEvent("goal_updated"),
  batchEvent("agent_spawned"),
  batchEvent("agent_completed"),
  batchEvent("metadata_updated"),
  batchEvent("execution_started"),
  batchEvent("node_executed"),
  batchEvent("execution_completed"),
  batchEvent("execution_failed"),
  batchEvent("session_finalized"),
]);
export type BatchEvent = z.infer<typeof BatchEvent>;

/** A sender's own running totals since it started, from which `verify` tells whether anything is missing. */
export const ProducerReport = z.object({ id: ProducerId, recorded: z.int().min(0), dropped: z.int().min(0) });
export type ProducerReport = z.infer<typeof ProducerReport>;

export const BatchHeader = z.object({
  create: CreateWithBatch.optional(),
  producer: ProducerReport.optional(),
});
export type BatchHeader = z.infer<typeof BatchHeader>;

/** First line of an NDJSON batch, when it is not an event. */
export const BatchHeaderLine = z.object({ batch: BatchHeader });

/** Without events it is a producer's sign of life. */
export const BatchRequest = BatchHeader.extend({ events: z.array(BatchEvent).max(1_000) }).refine(
  ({ events, producer }) => events.length > 0 || producer !== undefined,
  { path: ["events"], message: "must hold at least one event" },
);
export type BatchRequest = z.infer<typeof BatchRequest>;

/**
 * `firstSeq` and `lastSeq` span what this call stored, or for one that stored nothing what its duplicates were
 * stored under; for one without events both are the session's last.
 */
export const BatchResult = z.object({
  success: z.literal(true),
  firstSeq: z.int(),
  lastSeq: z.int(),
  stored: z.int(),
  duplicates: z.int(),
});
export type BatchResult = z.infer<typeof BatchResult>;
