import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ACTION, JSON_TYPE } from "../events.mjs";
import { quantile } from "../statistics.mjs";
import { publish } from "./publisher.mjs";

const PATIENCE_MS = 30_000;
const HISTORY_PAGE = 20;

/**
 * Publishes at an even rate, whatever the service does, and measures from just before each request to when what it
 * recorded can be seen: on a stream of the session, or in a page of the history that is asked for once the request
 * is answered.
 * @type {{port: number, sessionId: string, what: "action" | "run on stream" | "run in history",
 *   perSecond: number, seconds: number, warmUpSeconds: number}}
 */
const options = JSON.parse(/** @type {string} */ (process.argv[2]));
const { port, sessionId, what } = options;
const url = `http://127.0.0.1:${port}`;
/** @type {Map<string, () => void>} what to do once an id is seen on the stream */
const awaited = new Map();
let number = 0;
/** What tells one from the others: an action's own, a run's id. */
const MARK = new RegExp(`${sessionId}\\.\\d+`);

/** @param {string} type of event */
function follow(type) {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/api/sessions/${sessionId}/stream`, (response) => {
      response.setEncoding("latin1");
      let text = "";
      response.on("data", (chunk) => {
        const frames = (text + chunk).split("\n\n");
        text = frames.pop() ?? "";
        for (const frame of frames) if (frame.includes(`event: ${type}\n`)) see(frame);
      });
      resolve(undefined);
    });
    sent.once("error", reject);
    sent.end();
  });
}

/** @param {string} frame */
function see(frame) {
  const mark = MARK.exec(frame)?.[0] ?? "";
  awaited.get(mark)?.();
  awaited.delete(mark);
}

/** @param {string} mark */
function seen(mark) {
  return new Promise((resolve) => awaited.set(mark, () => resolve(performance.now())));
}

/** @param {string} mark */
async function listed(mark) {
  for (;;) {
    const response = await fetch(`${url}/api/agents/history?limit=${HISTORY_PAGE}`);
    if ((await response.text()).includes(`"${mark}"`)) return performance.now();
  }
}

/** @returns {Promise<number>} milliseconds until it could be seen */
async function one() {
  number += 1;
  const mark = `${sessionId}.${number}`;
  const startedMs = performance.now();
  if (what === "run in history") {
    await publish(port, `/api/sessions/${sessionId}/runs`, JSON_TYPE, runBody(mark));
    return (await listed(mark)) - startedMs;
  }
  const visible = seen(mark);
  if (what === "action") {
    await publish(port, `/api/actions/${sessionId}`, JSON_TYPE, `{"mark":"${mark}",${ACTION.slice(1)}`);
  } else {
    await publish(port, `/api/sessions/${sessionId}/runs`, JSON_TYPE, runBody(mark));
  }
  return (await visible) - startedMs;
}

/** With an id of the sender's, as hook agents give one. @param {string} runId */
function runBody(runId) {
  return JSON.stringify({ runId, agentId: "agent-1", input: { goal: "measure" } });
}

/** @param {number} seconds */
async function measureFor(seconds) {
  const startedAt = performance.now();
  const latencies = [];
  for (let nextAt = startedAt; nextAt < startedAt + seconds * 1_000; nextAt += 1_000 / options.perSecond) {
    await sleep(Math.max(0, nextAt - performance.now()));
    latencies.push(one());
  }
  return Promise.all(latencies);
}

setTimeout(
  () => {
    console.error(`${awaited.size} were never seen`);
    process.exit(1);
  },
  (options.seconds + options.warmUpSeconds) * 1_000 + PATIENCE_MS,
).unref();
await follow(what === "action" ? "action" : "execution_started");
await measureFor(options.warmUpSeconds);
const latenciesMs = await measureFor(options.seconds);
const result = {
  count: latenciesMs.length,
  medianMs: quantile(latenciesMs, 0.5),
  p99Ms: quantile(latenciesMs, 0.99),
};
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
