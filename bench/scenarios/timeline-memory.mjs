import { readOnce } from "../load/download.mjs";
import { peakMemory } from "../load/peak-memory.mjs";
import { workSession } from "../runs.mjs";

const FEW = 10_000;
const MANY = 1_000_000;
const OF_FEW = "session of 10,000 events";
const OF_MANY = "session of 1,000,000 events";

/**
 * Each is read by a process that has read nothing before, so that what one left behind is not the other's.
 * @type {import("../scenario.mjs").Scenario}
 */
export const timelineMemory = {
  name: "timeline-memory",
  work: "peak of resident memory while a whole timeline is read, compressed",
  unit: "MiB",
  targets: [{ contestant: OF_MANY, against: OF_FEW, atMost: 2 }],
  maxRounds: 3,
  async prepare(bench) {
    /** @param {number} events */
    const read = async (events) => {
      const folder = await bench.store(`work-${events}`, () => [workSession("bench", events)]);
      const service = await bench.serviceOn(folder);
      await service.settle();
      const url = `${service.url}/api/sessions/bench/timeline?sample=1`;
      const { before, peak } = await peakMemory(service, async () => {
        await readOnce(url, "/dev/null", "application/json", ["--compressed"]);
      });
      await service.stop();
      return { value: peak, detail: { before } };
    };
    return { [OF_MANY]: () => read(MANY), [OF_FEW]: () => read(FEW) };
  },
};
