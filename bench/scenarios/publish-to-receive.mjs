import { fileURLToPath } from "node:url";
import { runLoad } from "../program.mjs";
import { createSession } from "../recorder.mjs";
import { SERVICE } from "../scenario.mjs";

const LOAD = fileURLToPath(new URL("../load/publish-to-receive.mjs", import.meta.url));
const BROADCAST = "bare ws broadcast";
const OPTIONS = { eventsPerSecond: 100, seconds: 8, warmUpSeconds: 2, subscribers: 100 };

/** @type {import("../scenario.mjs").Scenario} */
export const publishToReceive = {
  name: "publish-to-receive",
  work: "100 WebSocket subscribers, 100 events/s: publish to receive, p99",
  unit: "ms",
  targets: [{ contestant: SERVICE, against: BROADCAST, atMost: 1.5 }],
  maxRounds: 3,
  async prepare(bench) {
    const service = await bench.service();
    const broadcast = await bench.baseline("broadcast");
    let samples = 0;
    return {
      async [SERVICE]() {
        samples += 1;
        const sessionId = `bench-${samples}`;
        await createSession(service, sessionId);
        return latency(service.port, `/ws?session=${sessionId}`, `/api/actions/${sessionId}`);
      },
      [BROADCAST]: () => latency(broadcast.port, "/", "/"),
    };
  },
};

/**
 * @param {number} port
 * @param {string} subscribePath
 * @param {string} publishPath
 */
async function latency(port, subscribePath, publishPath) {
  const detail = await runLoad(LOAD, { ...OPTIONS, port, subscribePath, publishPath });
  return { value: /** @type {number} */ (detail.p99Ms), detail };
}
