import { ACTION, batchWithIds, JSON_TYPE } from "../events.mjs";
import { append, appendToNewSession } from "../load/append.mjs";
import { createSession, sendBatches, spreadOver } from "../recorder.mjs";

const EVENTS = 1_000_000;
const LONG = "session of 1,000,000 events";
const EMPTY = "empty session";
const LOAD = { body: ACTION, contentType: JSON_TYPE, connections: 64, seconds: 4 };

/** @type {import("../scenario.mjs").Scenario} */
export const longSession = {
  name: "long-session",
  work: "single-event POST, 64 connections: to a session of 1,000,000 events against an empty one",
  unit: "events/s",
  targets: [{ contestant: LONG, against: EMPTY, atLeast: 0.9 }],
  async prepare(bench) {
    const service = await bench.service();
    await createSession(service, "bench-long");
    await sendBatches(service, spreadOver(["bench-long"], EVENTS, batchWithIds));
    await service.settle();
    let samples = 0;
    return {
      async [LONG]() {
        const request = { route: "/api/actions/bench-long", events: 1 };
        const { rate, detail } = await append(service, "bench-long", LOAD, request);
        return { value: rate, detail };
      },
      async [EMPTY]() {
        samples += 1;
        const { rate, detail } = await appendToNewSession(service, `bench-empty-${samples}`, LOAD);
        return { value: rate, detail };
      },
    };
  },
};
