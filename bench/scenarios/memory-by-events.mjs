import { setTimeout as sleep } from "node:timers/promises";
import { batchWithIds } from "../events.mjs";
import { createSession, sendBatches, sessionIds, spreadOver } from "../recorder.mjs";

const FEW = 10_000;
const MANY = 1_000_000;
const SESSIONS = 100;
const AFTER_FEW = "after 10,000 events";
const AFTER_MANY = "after 1,000,000 events";
const REST_MS = 2_000;
const MEBIBYTE = 2 ** 20;

/** @type {import("../scenario.mjs").Scenario} */
export const memoryByEvents = {
  name: "memory-by-events",
  work: "resident memory of the service, events with ids in 100 sessions",
  unit: "MiB",
  targets: [{ contestant: AFTER_MANY, against: AFTER_FEW, atMost: 1.5 }],
  maxRounds: 3,
  async prepare(bench) {
    let samples = 0;
    /** @param {number} events */
    const measure = async (events) => {
      samples += 1;
      const service = await bench.service(`data-${samples}`);
      const sessions = sessionIds(SESSIONS);
      for (const sessionId of sessions) await createSession(service, sessionId);
      await sendBatches(service, spreadOver(sessions, events, batchWithIds));
      await service.settle();
      await sleep(REST_MS);
      const bytes = await service.residentBytes();
      await service.stop();
      return { value: bytes / MEBIBYTE };
    };
    return { [AFTER_FEW]: () => measure(FEW), [AFTER_MANY]: () => measure(MANY) };
  },
};
