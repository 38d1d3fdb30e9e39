import { z } from "zod";
import { AgentId, GoalId, SessionId } from "./ids.js";

const Priority = z.union([z.string().max(64), z.number()]);

/** `id` is the goal's own id, not the event's. */
export const GoalRequest = z.looseObject({
  id: GoalId.nullish(),
  description: z.string().min(1).max(65_536),
  priority: Priority.nullish(),
  status: z.string().min(1).max(64).nullish(),
});
export type GoalRequest = z.infer<typeof GoalRequest>;

export const GoalPatch = z.looseObject({
  description: z.string().min(1).max(65_536).optional(),
  priority: Priority.nullish(),
  status: z.string().min(1).max(64).optional(),
});
export type GoalPatch = z.infer<typeof GoalPatch>;

export const Goal = z.looseObject({
  id: GoalId,
  description: z.string(),
  status: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Goal = z.infer<typeof Goal>;

export const AgentRequest = z.looseObject({
  agentId: AgentId.nullish(),
  type: z.string().min(1).max(256),
  task: z.unknown().optional(),
  parentAgentId: AgentId.nullish(),
  subsession: SessionId.nullish(),
});
export type AgentRequest = z.infer<typeof AgentRequest>;

export const AgentCompletion = z.looseObject({
  status: z.enum(["completed", "failed"]).optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});
export type AgentCompletion = z.infer<typeof AgentCompletion>;

export const Agent = z.looseObject({
  agentId: AgentId,
  type: z.string(),
  status: z.enum(["spawned", "completed", "failed"]),
  spawnedAt: z.string(),
});
export type Agent = z.infer<typeof Agent>;

/** `spawned` holds every agent with its present record; `active` and `completed` part them by whether they ended. */
export const State = z.looseObject({
  $schema: z.literal("session-state-v1"),
  version: z.int(),
  seq: z.int(),
  timestamp: z.string(),
  phase: z.unknown(),
  currentStep: z.unknown(),
  goals: z.array(z.looseObject({})),
  priorities: z.unknown(),
  expectedOutcome: z.unknown(),
  agents: z.object({ spawned: z.array(Agent), active: z.array(Agent), completed: z.array(Agent) }),
  mcp: z.unknown(),
  workspace: z.unknown(),
  errors: z.unknown(),
});
export type State = z.infer<typeof State>;

/**
 * JSON Merge Patch (RFC 7396). What the service itself keeps cannot be patched;
 * a `timestamp` is the sender's own, stays in the event and does not become the state's.
 */
export const StatePatch = z
  .looseObject({ goals: z.array(z.looseObject({ id: GoalId.nullish() })).nullish() })
  .superRefine((patch, context) => {
    for (const field of ["$schema", "version", "seq", "agents"]) {
      if (Object.hasOwn(patch, field)) {
        context.addIssue({
          code: "custom",
          path: [field],
          message: "is kept by the service and cannot be patched",
        });
      }
    }
  });
export type StatePatch = z.infer<typeof StatePatch>;

export const WriteResult = z.object({
  success: z.literal(true),
  seq: z.int(),
  duplicate: z.literal(true).optional(),
});
export type WriteResult = z.infer<typeof WriteResult>;

export const StateWriteResult = WriteResult.extend({ version: z.int() });
export const GoalWriteResult = WriteResult.extend({ goal: Goal });
export const AgentWriteResult = Agent.extend({ seq: z.int(), duplicate: z.literal(true).optional() });
export type StateWriteResult = z.infer<typeof StateWriteResult>;

/** JSON Patch (RFC 6902), of the operations a comparison comes to. */
export const JsonPatch = z.array(
  z.object({ op: z.enum(["add", "remove", "replace"]), path: z.string(), value: z.unknown().optional() }),
);
