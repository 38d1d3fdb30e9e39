import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ACTION, JSON_TYPE } from "../events.mjs";
import { startPosting } from "../load/wrk.mjs";
import { allSearchable, createSession, sendBatches } from "../recorder.mjs";
import { endedSessions } from "../runs.mjs";

const STORED = 100_000;
const GOING = STORED / 100;
const LOSING = 200;
/** So short that a time is over when it begins. */
const NO_TIME = 1e-9;
const STEPS = 20;
const CONNECTIONS = 64;
const WARM_UP_MS = 2_000;
const ALONE_MS = 8_000;
const SETTLE_TIMEOUT_MS = 600_000;
const ALONE = "nothing else";
const BESIDE = "beside a pass over 100,000 sessions: 1,000 go, 200 lose a run";
const AT_LEAST = 0.8;

/** @type {import("../scenario.mjs").Scenario} */
export const cleanup = {
  name: "cleanup",
  work: "single-event POST, 64 connections, while a cleanup pass runs",
  unit: "events/s",
  targets: [{ contestant: BESIDE, against: ALONE, atLeast: AT_LEAST }],
  maxRounds: 2,
  async prepare(bench) {
    const folder = await bench.store(`sessions-${STORED}`, () => endedSessions(STORED - GOING));
    const service = await bench.serviceOn(folder);
    await allSearchable(service, SETTLE_TIMEOUT_MS);
    return {
      [ALONE]: () => ingestWhile(service, () => sleep(ALONE_MS, {})),
      [BESIDE]: async () => {
        const lot = randomUUID().slice(0, 8);
        await sendBatches(service, expiring(lot));
        await allSearchable(service, SETTLE_TIMEOUT_MS);
        const sample = await ingestWhile(service, () => cleanUp(service));
        for (const sessionId of names("losing", lot, LOSING)) await remove(service, sessionId);
        await allSearchable(service, SETTLE_TIMEOUT_MS);
        return sample;
      },
    };
  },
};

/**
 * The rate at which events are stored while something else is done: counted by the service, without what that stores.
 * @param {import("../server.mjs").Server} service
 * @param {() => Promise<Record<string, number>>} work
 * @returns {Promise<import("../scenario.mjs").Sample>}
 */
async function ingestWhile(service, work) {
  const sessionId = `ingest-${randomUUID().slice(0, 8)}`;
  await createSession(service, sessionId);
  const paths = [`/api/actions/${sessionId}`];
  const load = { paths, body: ACTION, contentType: JSON_TYPE, connections: CONNECTIONS };
  const posting = await startPosting(service, load);
  await sleep(WARM_UP_MS);
  const before = await storedEvents(service);
  const startedMs = performance.now();
  const detail = await work();
  const seconds = (performance.now() - startedMs) / 1_000;
  const stored = (await storedEvents(service)) - before - (detail.sessionsDeleted ?? 0);
  await posting.stop();
  await remove(service, sessionId);
  await allSearchable(service, SETTLE_TIMEOUT_MS);
  return { value: stored / seconds, detail: { ...detail, seconds } };
}

/** @param {import("../server.mjs").Server} service */
async function cleanUp(service) {
  const response = await fetch(`${service.url}/api/admin/cleanup`, { method: "POST" });
  const result = /** @type {Record<string, number>} */ (await response.json());
  if (result.sessionsDeleted !== GOING || result.runsDeleted !== GOING + LOSING) {
    throw new Error(`the pass was another than meant: ${JSON.stringify(result)}`);
  }
  return result;
}

/** @param {import("../server.mjs").Server} service */
async function storedEvents(service) {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return Number(/^recorder_events_stored_total (\d+)/m.exec(text)?.[1]);
}

/**
 * @param {import("../server.mjs").Server} service
 * @param {string} sessionId
 */
async function remove(service, sessionId) {
  await fetch(`${service.url}/api/sessions/${sessionId}`, { method: "DELETE" });
}

/**
 * @param {"going" | "losing"} kind
 * @param {string} lot
 * @param {number} count
 */
function names(kind, lot, count) {
  return Array.from({ length: count }, (_, at) => `${kind}-${lot}-${at + 1}`);
}

/**
 * Sessions whose time is over, and others with a run whose time is.
 * @param {string} lot
 */
function* expiring(lot) {
  for (const sessionId of names("going", lot, GOING)) {
    yield { sessionId, body: batch(NO_TIME, [...runLines(sessionId), line("session_finalized", {})]) };
  }
  for (const sessionId of names("losing", lot, LOSING))
    yield { sessionId, body: batch(undefined, runLines(sessionId)) };
}

/**
 * @param {number | undefined} ttlDays
 * @param {string[]} lines
 */
function batch(ttlDays, lines) {
  const create = { userId: "bench", initial: { goal: "measure" }, ttlDays };
  return `${[JSON.stringify({ batch: { create } }), ...lines].join("\n")}\n`;
}

/** @param {string} sessionId */
function runLines(sessionId) {
  const runId = `${sessionId}-run`;
  const steps = Array.from({ length: STEPS }, () => [
    line("action", { runId, ...JSON.parse(ACTION) }),
    line("response", { runId, content: "x".repeat(200), usage: { inputTokens: 900, outputTokens: 80 } }),
  ]);
  return [
    line("execution_started", { runId, agentId: "agent-1", ttlDays: NO_TIME, input: "go" }),
    ...steps.flat(),
    line("execution_completed", { runId, output: "done" }),
  ];
}

/**
 * @param {string} type
 * @param {object} data
 */
function line(type, data) {
  return JSON.stringify({ type, data });
}
