import type {
  Action,
  AgentCompletion,
  AgentRequest,
  FinalizeRequest,
  GoalPatch,
  GoalRequest,
  Response,
  StatePatch,
} from "session-protocol";
import type { Context } from "./context.js";
import type { Pipeline } from "./pipeline.js";
import type { Runs } from "./runs.js";
import type { Strict } from "./strict.js";

/**
 * Totals since the agent started. `pending` is in memory and `spooled` on disk, what former processes left included.
 * `rejected` is the part of `dropped` that the service refused for good; `redacted` counts credentials taken out.
 */
export interface Delivery {
  readonly sent: number;
  readonly pending: number;
  readonly spooled: number;
  readonly dropped: number;
  readonly rejected: number;
  readonly redacted: number;
}

/** `finalized` tells whether the service has acknowledged the end of the session. */
export interface Finalization extends Delivery {
  readonly finalized: boolean;
}

/**
 * Records what an agent does. The record calls return at once and never throw, whatever they are given and
 * whatever state the service is in; they answer the id of what was recorded, for later calls to name. With
 * `{ durable: true }` the answer waits until the service has stored the event, and rejects with `NotStored`.
 */
export interface HookAgent extends Runs {
  readonly sessionId: string;
  /** Answers the event's id, which is the action's own `id` where it has one. */
  logAction(action: Action): string;
  logAction(action: Action, strict: Strict): Promise<string>;
  /** Answers the event's id. */
  logResponse(response: Response): string;
  logResponse(response: Response, strict: Strict): Promise<string>;
  /** Takes a JSON Merge Patch; answers the event's id. */
  updateState(patch: StatePatch): string;
  updateState(patch: StatePatch, strict: Strict): Promise<string>;
  /** Answers the goal's id. */
  addGoal(goal: GoalRequest): string;
  addGoal(goal: GoalRequest, strict: Strict): Promise<string>;
  /** Answers the event's id. */
  updateGoal(goalId: string, patch: GoalPatch): string;
  updateGoal(goalId: string, patch: GoalPatch, strict: Strict): Promise<string>;
  /** Answers the agent's id. */
  spawnAgent(agent: AgentRequest): string;
  spawnAgent(agent: AgentRequest, strict: Strict): Promise<string>;
  /** Answers the event's id. */
  completeAgent(agentId: string, completion?: AgentCompletion): string;
  completeAgent(agentId: string, completion: AgentCompletion, strict: Strict): Promise<string>;
  /** Calls `work`; what is recorded meanwhile is marked with `context`, across awaits. */
  withContext<T>(context: Context, work: () => T): T;
  /** A run whose nodes are its stages, each given what the one before answered. */
  pipeline<Input = unknown>(name: string): Pipeline<Input, Input>;
  /**
   * Sends what is queued, then ends the session. Resolves when the service has acknowledged that or after
   * `timeoutMs` (default 10,000), and never rejects.
   */
  finalizeSession(request?: FinalizeRequest, timeoutMs?: number): Promise<Finalization>;
  /** Whether the service can be reached and takes writes, asked for at most `timeoutMs` (default 5,000). */
  testConnection(timeoutMs?: number): Promise<boolean>;
  /** Waits until what is queued now is answered for, at most `timeoutMs` (default 5,000). Never rejects. */
  flush(timeoutMs?: number): Promise<Delivery>;
  /** Flushes, leaves the rest on disk and lets go of everything; what is recorded afterwards is dropped. Never rejects. */
  close(timeoutMs?: number): Promise<Delivery>;
}
