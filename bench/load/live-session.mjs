import { setTimeout as sleep } from "node:timers/promises";
import { JSON_TYPE } from "../events.mjs";
import { publish } from "./publisher.mjs";

const EVENTS_PER_SECOND = 200;
const BATCH = 20;
const AGENTS = 4;

/**
 * Agents at work in one session, 200 events a second until it is told to stop: calls with what they were given and
 * answered, an answer of the model for every five, a change of the state for every ten.
 * @param {import("../server.mjs").Server} service
 * @param {string} sessionId
 */
export function liveSession(service, sessionId) {
  let isOver = false;
  let sent = 0;
  const work = async () => {
    const startedAt = performance.now();
    while (!isOver) {
      const events = Array.from({ length: BATCH }, (_, index) => eventOf(sent + index));
      await publish(service.port, `/api/sessions/${sessionId}/batch`, JSON_TYPE, JSON.stringify({ events }));
      sent += BATCH;
      await sleep(Math.max(0, startedAt + (sent / EVENTS_PER_SECOND) * 1_000 - performance.now()));
    }
    return sent;
  };
  const done = work();
  return {
    /** @returns how many events were sent */
    stop: async () => {
      isOver = true;
      return done;
    },
  };
}

/** @param {number} number */
function eventOf(number) {
  const agentId = `agent-${number % AGENTS}`;
  if (number % 10 === 9) return { type: "state_updated", data: { currentStep: `step ${number}` } };
  if (number % 5 === 0) {
    const usage = { inputTokens: 900, outputTokens: 80 };
    return { type: "response", data: { agentId, model: "model-1", content: `Now **${number}**.`, usage } };
  }
  const call = { type: "bash_exec", tool: "Bash", status: "completed", durationMs: 12 };
  const output = "lorem ipsum ".repeat(15);
  return { type: "action", data: { ...call, agentId, input: { command: `make part-${number}` }, output } };
}
