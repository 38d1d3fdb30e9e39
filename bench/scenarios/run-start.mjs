import { fileURLToPath } from "node:url";
import { runLoad } from "../program.mjs";
import { createSession } from "../recorder.mjs";

const LOAD = fileURLToPath(new URL("../load/run-start.mjs", import.meta.url));
const OPTIONS = { perSecond: 50, seconds: 8, warmUpSeconds: 2 };
const PUBLISHED = "action, publish to receive on SSE";
const ON_STREAM = "run, start to visible on SSE";
const IN_HISTORY = "run, start to visible in history";
const AT_MOST = 3;

/** @type {import("../scenario.mjs").Scenario} */
export const runStart = {
  name: "run-start",
  work: "50 a second: a run's start until it is visible, against a plain action, p99",
  unit: "ms",
  // A verdict stands in the row of what it is against, of which there has to be one for each.
  targets: [
    { contestant: ON_STREAM, against: `${PUBLISHED}, before`, atMost: AT_MOST },
    { contestant: IN_HISTORY, against: `${PUBLISHED}, after`, atMost: AT_MOST },
  ],
  maxRounds: 3,
  async prepare(bench) {
    const service = await bench.service();
    let samples = 0;
    /** @param {string} what */
    const latency = async (what) => {
      samples += 1;
      const sessionId = `bench-${samples}`;
      await createSession(service, sessionId);
      const detail = await runLoad(LOAD, { ...OPTIONS, port: service.port, sessionId, what });
      await service.settle();
      return { value: /** @type {number} */ (detail.p99Ms), detail };
    };
    return {
      [`${PUBLISHED}, before`]: () => latency("action"),
      [ON_STREAM]: () => latency("run on stream"),
      [IN_HISTORY]: () => latency("run in history"),
      [`${PUBLISHED}, after`]: () => latency("action"),
    };
  },
};
