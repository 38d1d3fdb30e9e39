import { download } from "../load/download.mjs";
import { workSession } from "../runs.mjs";

const EVENTS = 1_000_000;
const TIMELINE = "timeline, one in 10 of what may be left out";
const ALL = "timeline, everything";
const LOG = "the same session's events";

/** @type {import("../scenario.mjs").Scenario} */
export const timeline = {
  name: "timeline",
  work: "timeline of a session of 1,000,000 events, as NDJSON",
  unit: "ms",
  targets: [{ contestant: TIMELINE, against: LOG, atMost: 3 }],
  maxRounds: 3,
  async prepare(bench) {
    const service = await bench.serviceOn(
      await bench.store(`work-${EVENTS}`, () => [workSession("bench", EVENTS)]),
    );
    await service.settle();
    const session = `${service.url}/api/sessions/bench`;
    /** @param {string} url */
    const read = async (url) => {
      const detail = await download(url);
      return { value: detail.milliseconds, detail };
    };
    return {
      [TIMELINE]: () => read(`${session}/timeline?sample=10`),
      [ALL]: () => read(`${session}/timeline?sample=1`),
      [LOG]: () => read(`${session}/events`),
    };
  },
};
