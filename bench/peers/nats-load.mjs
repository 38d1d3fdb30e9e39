import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

/**
 * Publishers that each wait for their acknowledgement before the next message, as wrk's connections do.
 * @type {{port: number, body: string, publishers: number, seconds: number}}
 */
const { port, body, publishers, seconds } = JSON.parse(/** @type {string} */ (process.argv[2]));
const WARM_UP_SECONDS = 1;
const STREAM = "bench";

const connection = await connect({ servers: `127.0.0.1:${port}` });
const manager = await jetstreamManager(connection);
const before = await storedMessages();
const client = jetstream(connection);
const payload = Buffer.from(body);

await publishFor(WARM_UP_SECONDS);
const warmUp = await storedMessages();
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const messages = await publishFor(seconds);
const elapsedSeconds = (performance.now() - startedAt) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
const stored = (await storedMessages()) - warmUp;
if (stored !== messages || warmUp < before) throw new Error(`${messages} acknowledged, ${stored} stored`);
await connection.close();
console.log(JSON.stringify({ messages, seconds: elapsedSeconds, loadCpuSeconds: (user + system) / 1e6 }));

/**
 * @param {number} duration in seconds
 * @returns the number of messages acknowledged
 */
async function publishFor(duration) {
  const endsAt = performance.now() + duration * 1_000;
  let acknowledged = 0;
  const publishOn = async () => {
    while (performance.now() < endsAt) {
      await client.publish(`${STREAM}.events`, payload);
      acknowledged += 1;
    }
  };
  await Promise.all(Array.from({ length: publishers }, publishOn));
  return acknowledged;
}

async function storedMessages() {
  const config = { name: STREAM, subjects: [`${STREAM}.>`], storage: /** @type {const} */ ("file") };
  await manager.streams.add(config);
  return (await manager.streams.info(STREAM)).state.messages;
}
