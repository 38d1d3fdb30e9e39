import { randomUUID } from "node:crypto";

export const JSON_TYPE = "application/json";
export const NDJSON_TYPE = "application/x-ndjson";

/** As long as the id it stands for; see `load/requests.lua`. */
export const ID_PLACEHOLDER = "@".repeat(36);

const EVENT_BYTES = 300;

/** An action of 300 bytes such as agents send. */
export const ACTION = padded({
  type: "tool_call",
  agentId: "agent-researcher-1",
  toolUseId: "toolu_01A09q90qw90lq917835lq9",
  tool: "read_file",
  input: { path: "/workspace/src/index.ts" },
});

/** @param {object} action */
function padded(action) {
  const bare = JSON.stringify({ ...action, output: "" }).length;
  return JSON.stringify({ ...action, output: "x".repeat(EVENT_BYTES - bare) });
}

/** @param {string} [id] */
function actionLine(id) {
  return id ? `{"type":"action","id":"${id}","data":${ACTION}}` : `{"type":"action","data":${ACTION}}`;
}

/** @param {number} count */
export function batch(count) {
  return `${actionLine()}\n`.repeat(count);
}

/** @param {number} count */
export function batchWithIdPlaceholders(count) {
  return `${actionLine(ID_PLACEHOLDER)}\n`.repeat(count);
}

/**
 * A batch as a hook agent sends it: every event has an id of its own.
 * @param {number} count
 */
export function batchWithIds(count) {
  return Array.from({ length: count }, () => `${actionLine(randomUUID())}\n`).join("");
}

/**
 * Actions, answers and state changes in the proportion of a real session, so that all its files grow.
 * @param {number} count
 */
export function mixedBatch(count) {
  const kinds = [actionLine, actionLine, responseLine, actionLine, stateLine];
  return Array.from({ length: count }, (_, at) => `${kinds[at % kinds.length]?.(randomUUID())}\n`).join("");
}

/** @param {string} [id] */
function responseLine(id) {
  const data = {
    type: "text",
    content: "x".repeat(150),
    model: "model-1",
    usage: { inputTokens: 900, outputTokens: 80 },
  };
  return JSON.stringify({ type: "response", id, data });
}

/** @param {string} [id] */
function stateLine(id) {
  return JSON.stringify({
    type: "state_updated",
    id,
    data: { phase: "execution", currentStep: `step ${id}` },
  });
}
