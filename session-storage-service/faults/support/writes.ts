import { randomUUID } from "node:crypto";
import { json, type Call } from "./client.js";
import { defined } from "./defined.js";
import type { SentEvent, Write } from "./ledger.js";

export type WriteKind = "single" | "batch" | "state";

type Draft = Pick<Write, "call" | "events">;

/** Brings an action to about the 300 bytes of a usual one. */
const PADDING = "x".repeat(180);

/** What a writer of each kind sends in turn; every goal and agent ends in the round that began it. */
const ROUNDS: Record<WriteKind, ((sessionId: string, round: number) => Draft)[]> = {
  single: [action, response],
  batch: [batch],
  state: [addGoal, updateGoal, patchState, spawnAgent, completeAgent],
};

/** The `count`th request of a writer of this kind. Every event carries a marker nothing else has. */
export function draft(kind: WriteKind, sessionId: string, count: number): Draft {
  const builders = ROUNDS[kind];
  const build = defined(builders[count % builders.length]);
  return build(sessionId, Math.floor(count / builders.length));
}

function action(sessionId: string): Draft {
  const event = sent("action", { type: "tool_call", tool: "Read", padding: PADDING });
  return {
    events: [event],
    call: post(`/api/actions/${sessionId}`, { ...event.data, id: event.id }),
  };
}

function response(sessionId: string): Draft {
  const event = sent("response", {
    type: "text",
    content: PADDING,
    usage: { inputTokens: 3, outputTokens: 2 },
  });
  return {
    events: [event],
    call: post(`/api/actions/${sessionId}/responses`, { ...event.data, id: event.id }),
  };
}

function batch(sessionId: string, round: number): Draft {
  const events = [
    sent("action", { type: "bash_exec", command: "make", padding: PADDING }),
    sent("state_updated", { currentStep: `batch ${round}` }),
    sent("action", { type: "file_edit", path: "a.ts", padding: PADDING }),
    sent("response", { type: "text", content: "done" }),
  ];
  const header = { batch: { create: { userId: "fault", initial: {} } } };
  return {
    events,
    call: {
      method: "POST",
      path: `/api/sessions/${sessionId}/batch`,
      headers: { "content-type": "application/x-ndjson" },
      body: [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join(""),
    },
  };
}

function addGoal(sessionId: string, round: number): Draft {
  const event = sent("goal_added", { id: `goal-${round}`, description: "a goal" });
  return { events: [event], call: keyed("POST", `/api/state/${sessionId}/goals`, event) };
}

function updateGoal(sessionId: string, round: number): Draft {
  const event = sent("goal_updated", { status: "completed" });
  const call = keyed("PATCH", `/api/state/${sessionId}/goals/goal-${round}`, event);
  return { events: [{ ...event, data: { ...event.data, goalId: `goal-${round}` } }], call };
}

function patchState(sessionId: string, round: number): Draft {
  const event = sent("state_updated", { currentStep: `patch ${round}` });
  return { events: [event], call: keyed("PATCH", `/api/state/${sessionId}`, event) };
}

function spawnAgent(sessionId: string, round: number): Draft {
  const event = sent("agent_spawned", { agentId: `agent-${round}`, type: "worker" });
  return { events: [event], call: keyed("POST", `/api/state/${sessionId}/agents`, event) };
}

function completeAgent(sessionId: string, round: number): Draft {
  const event = sent("agent_completed", { result: "done" });
  const call = keyed("POST", `/api/state/${sessionId}/agents/agent-${round}/complete`, event);
  return { events: [{ ...event, data: { ...event.data, agentId: `agent-${round}` } }], call };
}

function sent(type: SentEvent["type"], data: Record<string, unknown>): SentEvent {
  return { id: randomUUID(), type, data: { ...data, marker: randomUUID() } };
}

function post(path: string, body: unknown): Call {
  return { method: "POST", path, ...json(body) };
}

function keyed(method: "POST" | "PATCH", path: string, event: SentEvent): Call {
  return { method, path, ...json(event.data, { "idempotency-key": event.id }) };
}
