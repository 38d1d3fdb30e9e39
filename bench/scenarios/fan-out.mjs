import { fileURLToPath } from "node:url";
import { batch } from "../events.mjs";
import { runLoad } from "../program.mjs";
import { createSession } from "../recorder.mjs";
import { SERVICE } from "../scenario.mjs";

const LOAD = fileURLToPath(new URL("../load/fan-out.mjs", import.meta.url));
const SEND_EACH = "one ws.send per client and event";
const EVENTS_PER_BATCH = 50;
const OPTIONS = {
  body: batch(EVENTS_PER_BATCH),
  eventsPerBatch: EVENTS_PER_BATCH,
  batches: 200,
  publishers: 4,
  subscribers: 100,
};

/** @type {import("../scenario.mjs").Scenario} */
export const fanOut = {
  name: "fan-out",
  work: "100 WebSocket subscribers, as fast as it goes",
  unit: "deliveries/s",
  targets: [{ contestant: SERVICE, against: SEND_EACH, atLeast: 3 }],
  async prepare(bench) {
    const service = await bench.service();
    const broadcast = await bench.baseline("broadcast");
    let samples = 0;
    return {
      async [SERVICE]() {
        samples += 1;
        const sessionId = `bench-${samples}`;
        await createSession(service, sessionId);
        return deliver(service, `/ws?session=${sessionId}`, `/api/sessions/${sessionId}/batch`);
      },
      [SEND_EACH]: () => deliver(broadcast, "/", "/"),
    };
  },
};

/**
 * @param {import("../server.mjs").Server} server
 * @param {string} subscribePath
 * @param {string} publishPath
 */
async function deliver(server, subscribePath, publishPath) {
  const cpuBefore = await server.cpuSeconds();
  const outcome = await runLoad(LOAD, { ...OPTIONS, port: server.port, subscribePath, publishPath });
  const serverCpuSeconds = (await server.cpuSeconds()) - cpuBefore;
  const unfinishedCpuSeconds = await server.settle();
  const { deliveries = 0, seconds = 0 } = outcome;
  return { value: deliveries / seconds, detail: { ...outcome, serverCpuSeconds, unfinishedCpuSeconds } };
}
