import { z } from "zod";
import { AgentId, EventId, NodeId, RunId } from "./ids.js";

/** What an agent did: a tool call, a file write, an error … Fields beyond these are kept as sent. */
export const Action = z.looseObject({
  type: z.string().min(1).max(256),
  id: EventId.optional(),
  agentId: AgentId.nullish(),
  runId: RunId.nullish(),
  nodeId: NodeId.nullish(),
});
export type Action = z.infer<typeof Action>;

/** Bounded so that sums over any number of responses stay exact. */
const TokenCount = z.int().min(0).max(1_000_000_000);
const CostUsd = z.number().min(0).max(1_000_000);

export const Usage = z.looseObject({
  inputTokens: TokenCount.nullish(),
  outputTokens: TokenCount.nullish(),
  cacheReadTokens: TokenCount.nullish(),
  cacheWriteTokens: TokenCount.nullish(),
});
export type Usage = z.infer<typeof Usage>;

/** What a model answered. `costUsd` in US dollars. A response without `type` is stored as `text`. */
export const Response = z.looseObject({
  type: z.string().min(1).max(256).optional(),
  id: EventId.optional(),
  content: z.unknown().optional(),
  model: z.string().max(256).nullish(),
  usage: Usage.nullish(),
  costUsd: CostUsd.nullish(),
  agentId: AgentId.nullish(),
  runId: RunId.nullish(),
  actionId: z.string().max(128).nullish(),
});
export type Response = z.infer<typeof Response>;

/** A line of `actions.jsonl` or `responses.jsonl`, and an element of the lists read from them. */
export const LogEntry = z.looseObject({
  seq: z.int(),
  offset: z.int(),
  id: z.string(),
  timestamp: z.unknown(),
  type: z.string(),
});
export type LogEntry = z.infer<typeof LogEntry>;
