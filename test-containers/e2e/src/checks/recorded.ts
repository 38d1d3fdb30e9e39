import assert from "node:assert/strict";
import type { SessionEvent } from "session-protocol";
import type { AgentName, Place } from "../fleet/fleet.js";
import type { RecordedSession, ServiceClient } from "../service-client.js";
import { deedsOf, EXPECTED_DEEDS, EXPECTED_WORDS, isForbidden } from "./deeds.js";
import { EXPECTED_STATES } from "./expected-states.js";

/** Whose it is, where it came from, and how it ended. */
export function checkMetadata({ metadata, final }: RecordedSession, agent: AgentName, place: Place): void {
  const { userId, sandboxId, status } = metadata;
  assert.deepEqual(
    { userId, sandboxId, status, final: final?.status },
    { userId: place.userId, sandboxId: agent, status: "completed", final: "success" },
    place.sessionId,
  );
}

export function checkState(
  session: RecordedSession,
  events: readonly SessionEvent[],
  agent: AgentName,
): void {
  const { phases, goals, agents } = EXPECTED_STATES[agent];
  const { state } = session;
  assert.deepEqual(phasesOf(events), phases, `phases of ${agent}`);
  assert.equal(state.phase, phases.at(-1));
  assert.deepEqual(
    state.goals.map(({ description }) => description),
    goals,
  );
  assert.deepEqual(new Set(state.goals.map(({ status }) => status)), new Set(["completed"]));
  const types = new Map(state.agents.spawned.map(({ agentId, type }) => [agentId, type]));
  const spawned = state.agents.spawned.map(({ type, parentAgentId: parent }) => {
    return [type, parent === undefined ? undefined : (types.get(parent) ?? parent)];
  });
  assert.deepEqual(spawned, agents, `agents of ${agent}`);
  assert.deepEqual(state.agents.active, []);
  assert.deepEqual(new Set(state.agents.spawned.map(({ status }) => status)), new Set(["completed"]));
}

/** Each phase once, as long as it lasts. */
function phasesOf(events: readonly SessionEvent[]): unknown[] {
  const phases = events
    .filter(({ type }) => type === "state_updated")
    .map(({ data }) => (data as { phase?: unknown }).phase)
    .filter((phase) => phase !== undefined);
  return phases.filter((phase, at) => phase !== phases[at - 1]);
}

export function checkDeeds(session: RecordedSession, agent: AgentName, isScripted: boolean): void {
  const { responses, metadata } = session;
  assert.ok(responses.length > 0 && metadata.tokenUsage.total > 0, `${agent} has answers and tokens`);
  for (const { usage, model, seq } of responses) {
    const { inputTokens = 0, outputTokens = 0 } = (usage ?? {}) as Record<string, number>;
    assert.ok(inputTokens > 0 && outputTokens > 0, `response ${String(seq)} of ${agent} has tokens`);
    assert.equal(typeof model, "string");
  }
  if (!isScripted) return;
  assert.deepEqual(deedsOf(session), EXPECTED_DEEDS[agent], `what ${agent} did`);
  const forbidden = agent === "claude-cli" ? 1 : 0;
  assert.equal(session.actions.filter(isForbidden).length, forbidden, `what ${agent} was denied`);
  const said = responses.map(({ content }) => String(content)).join("\n");
  for (const words of EXPECTED_WORDS[agent]) assert.ok(said.includes(words), `${agent} said: ${words}`);
}

/** Nothing is missing, nothing was dropped on the way, and nothing is there twice. */
export async function checkWhole(client: ServiceClient, { sessionId }: Place): Promise<SessionEvent[]> {
  const { complete, missing, producers } = await client.verify(sessionId);
  assert.deepEqual({ complete, missing }, { complete: true, missing: [] }, sessionId);
  assert.ok(producers.length > 0);
  for (const { recorded, stored, dropped } of producers)
    assert.deepEqual({ stored, dropped }, { stored: recorded, dropped: 0 }, sessionId);
  const events = await client.events(sessionId);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, at) => at + 1),
    `numbers of ${sessionId}`,
  );
  const ids = events.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, `ids of ${sessionId}`);
  const calls = events.flatMap(({ type, data }) => {
    const { toolUseId } = data as { toolUseId?: unknown };
    return type === "action" && typeof toolUseId === "string" ? [toolUseId] : [];
  });
  assert.equal(new Set(calls).size, calls.length, `tool calls of ${sessionId}`);
  return events;
}
