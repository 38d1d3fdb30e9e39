import { fileURLToPath } from "node:url";
import { ACTION, JSON_TYPE } from "../events.mjs";
import { appendToNewSession } from "../load/append.mjs";
import { post } from "../load/wrk.mjs";
import { runLoad } from "../program.mjs";
import { SERVICE } from "../scenario.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DURABLE_STREAMS = "@durable-streams/server, file-backed";
const NATS = "NATS JetStream, sync_interval: always";
/** As NATS is asked, by all publishers on one connection. What is to be reached is held against the lower figure. */
const PIPELINED = "this service, pipelined on one connection";
const IN_FLIGHT = 64;
const LOAD = { body: ACTION, contentType: JSON_TYPE, connections: IN_FLIGHT, seconds: 4 };

/** @type {import("../scenario.mjs").Scenario} */
export const peers = {
  name: "peers",
  work: "durable single events (300 bytes), 64 in flight",
  unit: "events/s",
  targets: [
    { contestant: SERVICE, against: DURABLE_STREAMS, atLeast: 20 },
    { contestant: SERVICE, against: NATS, atLeast: 5 },
  ],
  async prepare(bench) {
    const service = await bench.service();
    const durableStreams = await bench.start(`${HERE}durable-streams.mjs`, bench.path("durable-streams"));
    const nats = await bench.start(`${HERE}nats-server.mjs`, bench.path("nats"));
    let samples = 0;
    /** @param {Partial<import("../load/wrk.mjs").Load>} [load] */
    const appendEvents = async (load) => {
      samples += 1;
      const { rate, detail } = await appendToNewSession(service, `bench-${samples}`, { ...LOAD, ...load });
      return { value: rate, detail };
    };
    return {
      [SERVICE]: () => appendEvents(),
      [PIPELINED]: () => appendEvents({ connections: 1, pipelined: IN_FLIGHT }),
      async [DURABLE_STREAMS]() {
        samples += 1;
        const path = `/bench-${samples}`;
        await createStream(`${durableStreams.url}${path}`);
        const { rate, detail } = await post(durableStreams, { ...LOAD, paths: [path] });
        return { value: rate, detail };
      },
      async [NATS]() {
        const options = { port: nats.port, body: ACTION, publishers: IN_FLIGHT, seconds: LOAD.seconds };
        const detail = await runLoad(`${HERE}nats-load.mjs`, options);
        const { messages = 0, seconds = 0 } = detail;
        return { value: messages / seconds, detail };
      },
    };
  },
};

/** @param {string} url */
async function createStream(url) {
  const response = await fetch(url, { method: "PUT", headers: { "content-type": JSON_TYPE } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
