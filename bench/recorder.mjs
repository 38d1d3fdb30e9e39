import { setTimeout as sleep } from "node:timers/promises";
import { JSON_TYPE, NDJSON_TYPE } from "./events.mjs";
import { publish } from "./load/publisher.mjs";

const EVENTS_PER_BATCH = 100;
const BATCHES_IN_FLIGHT = 16;
const LAG_STEP_MS = 1_000;

/**
 * @param {import("./server.mjs").Server} server
 * @param {string} sessionId
 */
export async function createSession(server, sessionId) {
  const body = JSON.stringify({ sessionId, userId: "bench", initial: { goal: "measure" } });
  await publish(server.port, "/api/sessions", JSON_TYPE, body);
}

/** @param {number} count */
export function sessionIds(count) {
  return Array.from({ length: count }, (_, at) => `bench-${at + 1}`);
}

/**
 * Sends each body of the iterator to its session, a few at a time.
 * @param {import("./server.mjs").Server} server
 * @param {Iterator<{ sessionId: string, body: string }>} batches
 */
export async function sendBatches(server, batches) {
  const worker = async () => {
    for (let next = batches.next(); !next.done; next = batches.next()) {
      const { sessionId, body } = next.value;
      await publish(server.port, `/api/sessions/${sessionId}/batch`, NDJSON_TYPE, body);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, worker));
}

/**
 * Batches that spread `events` evenly over the sessions.
 * @param {string[]} sessions
 * @param {number} events
 * @param {(count: number) => string} makeBatch
 */
export function* spreadOver(sessions, events, makeBatch) {
  let left = events / sessions.length;
  for (; left > 0; left -= EVENTS_PER_BATCH) {
    const count = Math.min(left, EVENTS_PER_BATCH);
    for (const sessionId of sessions) yield { sessionId, body: makeBatch(count) };
  }
}

/**
 * The last seq stored in a session.
 * @param {import("./server.mjs").Server} server
 * @param {string} sessionId
 */
export async function lastSeq(server, sessionId) {
  const response = await fetch(`${server.url}/api/sessions/${sessionId}?entries=1`);
  const session = /** @type {{ metadata: { seq: number } }} */ (await response.json());
  return session.metadata.seq;
}

/**
 * Waits until the service has nothing left to do and everything it stores can be searched.
 * @param {import("./server.mjs").Server} server
 * @param {number} timeoutMs
 */
export async function allSearchable(server, timeoutMs) {
  const deadline = performance.now() + timeoutMs;
  // A service that has just been started does not know at once how much there is to do.
  for (let quietSteps = 0; quietSteps < 2;) {
    if (performance.now() > deadline) throw new Error("the text of what is stored was not indexed in time");
    await sleep(LAG_STEP_MS);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    quietSteps = /^recorder_index_lag_events 0$/m.test(text) ? quietSteps + 1 : 0;
  }
  await server.settle(timeoutMs);
}

/** @param {import("./server.mjs").Server} server */
export async function totalSessions(server) {
  const response = await fetch(`${server.url}/api/sessions?limit=1`);
  const page = /** @type {{ total: number }} */ (await response.json());
  return page.total;
}
