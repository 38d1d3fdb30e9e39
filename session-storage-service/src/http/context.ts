import { z } from "zod";
import { AgentId, GoalId, ProjectKey, RunId, SessionId, UserId } from "session-protocol";
import type { Recorder } from "../recorder.js";
import type { RequestLimits } from "./limits.js";

/** What the routes work with. */
export interface RouteContext {
  readonly recorder: Recorder;
  readonly limits: RequestLimits;
}

export const SessionParams = z.object({ sessionId: SessionId });
export const UserParams = z.object({ userId: UserId });
export const GoalParams = z.object({ sessionId: SessionId, goalId: GoalId });
export const AgentOnlyParams = z.object({ agentId: AgentId });
export const RunParams = z.object({ runId: RunId });
export const SessionRunParams = z.object({ sessionId: SessionId, runId: RunId });
export const AgentParams = z.object({ sessionId: SessionId, agentId: AgentId });
export const ProjectParams = z.object({ projectKey: ProjectKey });
export const TranscriptParams = z.object({ projectKey: ProjectKey, transcriptSessionId: SessionId });
