import { setTimeout as sleep } from "node:timers/promises";
import { ACTION, JSON_TYPE } from "../events.mjs";
import { quantile } from "../statistics.mjs";
import { publish } from "./publisher.mjs";
import { subscribe } from "./subscriber.mjs";

const MARK = '"publishedAt":"';
/** Digits of a publishing time, so that every event is equally long. */
const MARK_DIGITS = 12;
const DRAIN_TIMEOUT_MS = 10_000;

/**
 * Publishes at an even rate, whatever the server does, and measures to the moment each subscriber's
 * process has read the event. Publisher and subscribers share a process and so a clock.
 * @type {{port: number, subscribePath: string, publishPath: string, eventsPerSecond: number,
 *   seconds: number, warmUpSeconds: number, subscribers: number}}
 */
const options = JSON.parse(/** @type {string} */ (process.argv[2]));
/** @type {number[]} */
let latenciesMs = [];

/**
 * @param {Buffer} bytes
 * @param {number} start
 * @param {number} end
 */
function receive(bytes, start, end) {
  const receivedAt = performance.now();
  const at = bytes.indexOf(MARK, start) + MARK.length;
  if (at < start + MARK.length || at > end) throw new Error("a frame without its publishing time");
  latenciesMs.push(receivedAt - Number(bytes.toString("latin1", at, at + MARK_DIGITS)));
}

/** @param {number} seconds */
async function publishFor(seconds) {
  const intervalMs = 1_000 / options.eventsPerSecond;
  const startedAt = performance.now();
  /** @type {Promise<void>[]} */
  const answers = [];
  for (let nextAt = startedAt; nextAt < startedAt + seconds * 1_000; nextAt += intervalMs) {
    await sleep(Math.max(0, nextAt - performance.now()));
    const publishedAt = performance.now().toFixed(3).padStart(MARK_DIGITS, "0");
    const body = `{${MARK}${publishedAt}",${ACTION.slice(1)}`;
    answers.push(publish(options.port, options.publishPath, JSON_TYPE, body));
  }
  await Promise.all(answers);
  await received(answers.length * options.subscribers);
}

/** @param {number} expected */
async function received(expected) {
  const deadline = performance.now() + DRAIN_TIMEOUT_MS;
  while (latenciesMs.length < expected) {
    if (performance.now() > deadline)
      throw new Error(`${expected - latenciesMs.length} deliveries are missing`);
    await sleep(10);
  }
}

await Promise.all(
  Array.from({ length: options.subscribers }, () => subscribe(options.port, options.subscribePath, receive)),
);
await publishFor(options.warmUpSeconds);
latenciesMs = [];
await publishFor(options.seconds);
const result = {
  deliveries: latenciesMs.length,
  medianMs: quantile(latenciesMs, 0.5),
  p99Ms: quantile(latenciesMs, 0.99),
};
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
