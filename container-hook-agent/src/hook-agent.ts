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

/** Totals since the agent started. `rejected` is the part of `dropped` that the service refused for good. */
export interface Delivery {
  readonly sent: number;
  readonly pending: number;
  readonly dropped: number;
  readonly rejected: number;
}

/** `finalized` tells whether the service has acknowledged the end of the session. */
export interface Finalization extends Delivery {
  readonly finalized: boolean;
}

/**
 * Records what an agent does. The record calls return at once and never throw, whatever they are given and
 * whatever state the service is in; they answer the id of what was recorded, for later calls to name.
 */
export interface HookAgent {
  readonly sessionId: string;
  /** Answers the event's id, which is the action's own `id` where it has one. */
  logAction(action: Action): string;
  /** Answers the event's id. */
  logResponse(response: Response): string;
  /** Takes a JSON Merge Patch; answers the event's id. */
  updateState(patch: StatePatch): string;
  /** Answers the goal's id. */
  addGoal(goal: GoalRequest): string;
  /** Answers the event's id. */
  updateGoal(goalId: string, patch: GoalPatch): string;
  /** Answers the agent's id. */
  spawnAgent(agent: AgentRequest): string;
  /** Answers the event's id. */
  completeAgent(agentId: string, completion?: AgentCompletion): string;
  /**
   * Sends what is queued, then ends the session. Resolves when the service has acknowledged that or after
   * `timeoutMs` (default 10,000), and never rejects.
   */
  finalizeSession(request?: FinalizeRequest, timeoutMs?: number): Promise<Finalization>;
  /** Whether the service can be reached and takes writes, asked for at most `timeoutMs` (default 5,000). */
  testConnection(timeoutMs?: number): Promise<boolean>;
  /** Waits until what is queued now is answered for, at most `timeoutMs` (default 5,000). Never rejects. */
  flush(timeoutMs?: number): Promise<Delivery>;
  /** Flushes, then lets go of everything; what is recorded afterwards is dropped. Never rejects. */
  close(timeoutMs?: number): Promise<Delivery>;
}
