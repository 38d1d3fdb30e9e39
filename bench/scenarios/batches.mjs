import { batch, batchWithIdPlaceholders, NDJSON_TYPE } from "../events.mjs";
import { append } from "../load/append.mjs";
import { post } from "../load/wrk.mjs";
import { createSession } from "../recorder.mjs";
import { SERVICE } from "../scenario.mjs";

const EVENTS = 50;
const EMPTY_HTTP = "empty node:http route";
const WITH_IDS = "this service, every event with an id";
const LOAD = { contentType: NDJSON_TYPE, connections: 16, seconds: 3 };

/** @type {import("../scenario.mjs").Scenario} */
export const batches = {
  name: "batches",
  work: "durable NDJSON batches of 50, 16 connections",
  unit: "events/s",
  targets: [{ contestant: SERVICE, against: EMPTY_HTTP, atLeast: 0.5 }],
  async prepare(bench) {
    const service = await bench.service();
    const http = await bench.baseline("empty-http");
    let samples = 0;
    /** @param {string} body */
    const appendBatches = async (body) => {
      samples += 1;
      const sessionId = `bench-${samples}`;
      await createSession(service, sessionId);
      const request = { route: `/api/sessions/${sessionId}/batch`, events: EVENTS };
      const { rate, detail } = await append(service, sessionId, { ...LOAD, body }, request);
      return { value: rate * EVENTS, detail };
    };
    return {
      [SERVICE]: () => appendBatches(batch(EVENTS)),
      [WITH_IDS]: () => appendBatches(batchWithIdPlaceholders(EVENTS)),
      async [EMPTY_HTTP]() {
        const load = { ...LOAD, body: batch(EVENTS), paths: ["/api/sessions/bench/batch"] };
        const { rate, detail } = await post(http, load);
        return { value: rate * EVENTS, detail };
      },
    };
  },
};
