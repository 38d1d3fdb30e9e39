import { ACTION, JSON_TYPE } from "../events.mjs";
import { appendToNewSession } from "../load/append.mjs";
import { post } from "../load/wrk.mjs";
import { SERVICE } from "../scenario.mjs";

const EMPTY_EXPRESS = "empty express route";
const EMPTY_HTTP = "empty node:http route";
const GROUP_COMMIT = "node:http route with a bare group commit";
const LOAD = { body: ACTION, contentType: JSON_TYPE, connections: 64, seconds: 4 };

/** @type {import("../scenario.mjs").Scenario} */
export const singleEvent = {
  name: "single-event",
  work: "durable single-event POST (300 bytes), 64 connections",
  unit: "events/s",
  targets: [
    { contestant: SERVICE, against: EMPTY_EXPRESS, atLeast: 3 },
    { contestant: SERVICE, against: EMPTY_HTTP, atLeast: 0.5 },
  ],
  async prepare(bench) {
    const service = await bench.service();
    const express = await bench.baseline("empty-express");
    const http = await bench.baseline("empty-http");
    const durable = await bench.baseline("group-commit", bench.path("group-commit"));
    let samples = 0;
    /** @param {import("../server.mjs").Server} baseline */
    const postTo = async (baseline) => {
      const { rate, detail } = await post(baseline, { ...LOAD, paths: ["/api/actions/bench"] });
      return { value: rate, detail };
    };
    return {
      async [SERVICE]() {
        samples += 1;
        const { rate, detail } = await appendToNewSession(service, `bench-${samples}`, LOAD);
        return { value: rate, detail };
      },
      [EMPTY_EXPRESS]: () => postTo(express),
      [EMPTY_HTTP]: () => postTo(http),
      [GROUP_COMMIT]: () => postTo(durable),
    };
  },
};
