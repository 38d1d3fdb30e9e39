// What an agent's process pays for a hook agent. Takes its task as JSON, prints its result as a line of JSON.
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createHookAgent } from "container-hook-agent";
import { ACTION } from "../events.mjs";
import { quantile } from "../statistics.mjs";

const RECORDS_PER_TURN = 10;
const MEMORY_RECORDS_PER_TURN = 200;
const LOOK_EVERY = 10_000;

const { task, count } = JSON.parse(/** @type {string} */ (process.argv[2]));
const agent = createHookAgent({ requestTimeoutMs: 2_000, warn: () => undefined });
const print = (/** @type {object} */ result) => writeSync(1, `${JSON.stringify(result)}\n`);

/** What a caller has: an object of its own, as its program made it. */
const makeAction = () => JSON.parse(ACTION);

/** @param {() => unknown} call */
function timedMicroseconds(call) {
  const startedMs = performance.now();
  call();
  return (performance.now() - startedMs) * 1_000;
}

/**
 * The three in turn, a few at a time with a pause in between, so that all meet the same caches, the same collector
 * and the work the agent does in the background.
 */
async function cost() {
  /** @type {unknown[]} */
  const kept = [];
  let length = 0;
  const calls = {
    append: (/** @type {object} */ action) => kept.push(action),
    stringify: (/** @type {object} */ action) => (length += JSON.stringify(action).length),
    record: (/** @type {any} */ action) => agent.logAction(action),
  };
  const samples = /** @type {Record<string, number[]>} */ ({ append: [], stringify: [], record: [] });
  for (let done = -count; done < count; done += RECORDS_PER_TURN) {
    for (const [name, call] of Object.entries(calls)) {
      for (let i = 0; i < RECORDS_PER_TURN; i += 1) {
        const action = makeAction();
        const microseconds = timedMicroseconds(() => call(action));
        // The first half is for the compiler.
        if (done >= 0) samples[name]?.push(microseconds);
      }
    }
    await sleep(1);
  }
  const percentiles = Object.entries(samples).map(([name, taken]) => [
    name,
    { p50: quantile(taken, 0.5), p99: quantile(taken, 0.99), max: quantile(taken, 1) },
  ]);
  print({ ...Object.fromEntries(percentiles), length });
  process.exit();
}

/** The resident memory with everything recorded and nothing sent, and the most on the way there. */
async function memory() {
  const before = process.memoryUsage.rss();
  let most = before;
  for (let done = 0; done < count; done += MEMORY_RECORDS_PER_TURN) {
    for (let i = 0; i < MEMORY_RECORDS_PER_TURN; i += 1) agent.logAction(makeAction());
    await sleep(0);
    if (done % LOOK_EVERY === 0) most = Math.max(most, process.memoryUsage.rss());
  }
  const { pending, spooled, dropped } = await agent.flush(500);
  print({
    grownBytes: process.memoryUsage.rss() - before,
    mostBytes: most - before,
    pending,
    spooled,
    dropped,
  });
  process.exit();
}

/** The program is done; what comes until the process has ended is the agent's. */
function exit() {
  for (let i = 0; i < count; i += 1) agent.logAction(makeAction());
  print({ done: Date.now() });
}

if (task === "cost") await cost();
else if (task === "memory") await memory();
else exit();
