import assert from "node:assert/strict";
import { placeOf, type AgentName, type Fleet } from "../fleet/fleet.js";
import type { ModelControl } from "../model-control.js";
import type { ServiceClient } from "../service-client.js";
import { until } from "../until.js";

/** Where each agent is caught in the middle of its work, and how far it gets while the service cannot hear it. */
const CAUGHT: Readonly<Record<AgentName, string>> = {
  "customer-comm": "governor-berger/1",
  "email-solver": "draft/0",
  "claude-cli": "briefing/1",
};
const FURTHER = { "customer-comm": "governor-huber/0", "claude-cli": "briefing/3" } as const;

const KILLED = 137;

/** Breaks what the three agents depend on, each at a known moment of their work, and lets them come to their ends. */
export async function breakThings(
  fleet: Fleet,
  client: ServiceClient,
  model: ModelControl,
  round: string,
): Promise<void> {
  const steps = [...Object.values(CAUGHT), ...Object.values(FURTHER)];
  for (const step of steps) await model.hold(step);
  await fleet.startAgents(round);
  for (const step of Object.values(CAUGHT)) await model.reached(step);
  await killTheService(fleet, model);
  await killTheMailbox(fleet, client, model, round);
  await cutTheOfficeOff(fleet, client, model, round);
  await model.releaseAll();
}

/** Claude Code works on meanwhile. */
async function killTheService(fleet: Fleet, model: ModelControl): Promise<void> {
  const { "claude-cli": further } = FURTHER;
  await fleet.killService();
  assert.equal(await fleet.isUp("service"), false);
  await model.release(CAUGHT["claude-cli"]);
  await model.reached(further);
  await fleet.restartService();
  await model.release(further);
}

/** While it waits for an answer, and all it has recorded is stored. */
async function killTheMailbox(
  fleet: Fleet,
  client: ServiceClient,
  model: ModelControl,
  round: string,
): Promise<void> {
  const { sessionId } = placeOf("email-solver", round);
  await until("the draft of the first letter to be on record", async () => {
    const events = await client.events(sessionId);
    const { nodeId, status } = (events.at(-1)?.data ?? {}) as { nodeId?: unknown; status?: unknown };
    return (nodeId === "draft" && status === "running") || undefined;
  });
  const ended = fleet.agentEnded("email-solver");
  await fleet.killAgent("email-solver");
  assert.equal((await ended).code, KILLED);
  await fleet.restartAgent("email-solver");
  await model.reached(CAUGHT["email-solver"]);
  await model.release(CAUGHT["email-solver"]);
}

/** The office works on meanwhile, and the next request it takes up is not on record. */
async function cutTheOfficeOff(
  fleet: Fleet,
  client: ServiceClient,
  model: ModelControl,
  round: string,
): Promise<void> {
  const { sessionId } = placeOf("customer-comm", round);
  await fleet.cut("customer-comm");
  await model.release(CAUGHT["customer-comm"]);
  await model.reached(FURTHER["customer-comm"]);
  const { state } = await client.session(sessionId);
  assert.equal(state.goals.at(-1)?.status, "pending", "what it does while it is cut off comes through");
  await fleet.heal("customer-comm");
  await model.release(FURTHER["customer-comm"]);
}
