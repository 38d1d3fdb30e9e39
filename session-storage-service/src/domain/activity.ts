import type { Activity, EventType } from "session-protocol";
import { happenedAtMs } from "session-protocol/reading";
import type { FoldableEvent } from "./session.js";

/** Further ones are not told apart: a list of sessions has the agents of each. */
const MAX_AGENTS = 100;

const DAY_CHARS = "2026-01-01".length;

/** Told by the service when it hears of something, not by those who did it. */
const SERVICE_OWN: ReadonlySet<EventType> = new Set<EventType>([
  "session_created",
  "status_changed",
  "session_interrupted",
]);

export function noActivity(timestamp: string): Activity {
  return { startedAt: timestamp, lastAt: null, failures: 0, agents: [] };
}

/** Changes `activity`, which is the caller's own, but not the list of agents that it has. */
export function noteActivity(activity: Activity, event: FoldableEvent): void {
  const { type, data } = event;
  if (!SERVICE_OWN.has(type)) noteTime(activity, happenedAt(event));
  if (typeof data.agentId === "string")
    noteAgent(activity, data.agentId, type === "agent_spawned" ? data.type : undefined);
}

/** Time of day in the form the service gives it itself. */
const PLAIN = /T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

function happenedAt({ timestamp, data }: FoldableEvent): string {
  const { timestamp: sent } = data;
  if (sent === undefined) return timestamp;
  // Of nearly all events. Texts are compared for a tenth of what it costs to make times of them.
  if (typeof sent === "string" && isSameDay(sent, timestamp)) return sent <= timestamp ? sent : timestamp;
  return new Date(happenedAtMs(Date.parse(timestamp), data.timestamp)).toISOString();
}

function isSameDay(sent: string, timestamp: string): boolean {
  return (
    sent.length === timestamp.length && sent.startsWith(timestamp.slice(0, DAY_CHARS)) && PLAIN.test(sent)
  );
}

function noteTime(activity: Activity, at: string): void {
  if (at < activity.startedAt) activity.startedAt = at;
  if (activity.lastAt === null || at > activity.lastAt) activity.lastAt = at;
}

function noteAgent(activity: Activity, agentId: string, type: unknown): void {
  const { agents } = activity;
  const known = agents.find((agent) => agent.agentId === agentId);
  const named = typeof type === "string" ? type : (known?.type ?? null);
  if (known?.type === named) return;
  if (known !== undefined) {
    activity.agents = agents.map((agent) => (agent === known ? { agentId, type: named } : agent));
  } else if (agents.length < MAX_AGENTS) activity.agents = [...agents, { agentId, type: named }];
}
