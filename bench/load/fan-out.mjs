import { NDJSON_TYPE } from "../events.mjs";
import { publish } from "./publisher.mjs";
import { subscribe } from "./subscriber.mjs";

/**
 * Subscribers that count, and a publisher that sends batches as fast as they are answered; ends when
 * every subscriber has every event.
 * @type {{port: number, subscribePath: string, publishPath: string, body: string, eventsPerBatch: number,
 *   batches: number, publishers: number, subscribers: number}}
 */
const options = JSON.parse(/** @type {string} */ (process.argv[2]));
const expected = options.batches * options.eventsPerBatch * options.subscribers;

/** @type {() => void} */
let finish;
const finished = new Promise((resolve) => (finish = () => resolve(undefined)));
let deliveries = 0;

const count = () => {
  deliveries += 1;
  if (deliveries === expected) finish();
};
const subscriptions = Array.from({ length: options.subscribers }, () =>
  subscribe(options.port, options.subscribePath, count),
);
await Promise.all(subscriptions);

const startedAt = performance.now();
let batchesLeft = options.batches;
async function publishAll() {
  while (batchesLeft > 0) {
    batchesLeft -= 1;
    await publish(options.port, options.publishPath, NDJSON_TYPE, options.body);
  }
}
await Promise.all(Array.from({ length: options.publishers }, publishAll));
const publishedSeconds = (performance.now() - startedAt) / 1_000;
await finished;
const seconds = (performance.now() - startedAt) / 1_000;

const { user, system } = process.cpuUsage();
const loadCpuSeconds = (user + system) / 1e6;
process.stdout.write(`${JSON.stringify({ deliveries, seconds, publishedSeconds, loadCpuSeconds })}\n`, () =>
  process.exit(0),
);
