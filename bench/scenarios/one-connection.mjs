import { fileURLToPath } from "node:url";
import { ACTION, JSON_TYPE } from "../events.mjs";
import { appendToNewSession } from "../load/append.mjs";
import { post } from "../load/wrk.mjs";
import { runLoad } from "../program.mjs";
import { SERVICE } from "../scenario.mjs";

const LOOP = fileURLToPath(new URL("../load/write-and-sync.mjs", import.meta.url));
const BARE = "bare write and fdatasync";
const GROUP_COMMIT = "node:http route with a bare group commit";
const SECONDS = 4;

/** @type {import("../scenario.mjs").Scenario} */
export const oneConnection = {
  name: "one-connection",
  work: "single-event POST, one connection, median latency",
  unit: "µs",
  targets: [{ contestant: SERVICE, against: BARE, atMost: 2 }],
  async prepare(bench) {
    const service = await bench.service();
    const load = { body: ACTION, contentType: JSON_TYPE, connections: 1, seconds: SECONDS };
    const durable = await bench.baseline("group-commit", bench.path("group-commit"));
    let samples = 0;
    return {
      async [SERVICE]() {
        samples += 1;
        const { outcome, detail } = await appendToNewSession(service, `bench-${samples}`, load);
        return { value: outcome.medianUs, detail };
      },
      async [GROUP_COMMIT]() {
        const { outcome, detail } = await post(durable, { ...load, paths: ["/api/actions/bench"] });
        return { value: outcome.medianUs, detail };
      },
      async [BARE]() {
        const detail = await runLoad(LOOP, { file: bench.path("bare"), body: ACTION, seconds: SECONDS });
        return { value: /** @type {number} */ (detail.medianUs), detail };
      },
    };
  },
};
