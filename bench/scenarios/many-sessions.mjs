import { ACTION, JSON_TYPE } from "../events.mjs";
import { post } from "../load/wrk.mjs";
import { createSession, sessionIds } from "../recorder.mjs";

const SESSIONS = 1_000;
const MANY = "1,000 sessions in turn";
const ONE = "one session";
const LOAD = { body: ACTION, contentType: JSON_TYPE, connections: 64, seconds: 4 };

/** @type {import("../scenario.mjs").Scenario} */
export const manySessions = {
  name: "many-sessions",
  work: "single-event POST, 64 connections: 1,000 sessions interleaved against one",
  unit: "events/s",
  targets: [{ contestant: MANY, against: ONE, atLeast: 0.8 }],
  async prepare(bench) {
    const service = await bench.service();
    const ids = sessionIds(SESSIONS);
    for (const sessionId of [...ids, "bench-one"]) await createSession(service, sessionId);
    /** @param {string[]} sessions */
    const appendTo = async (sessions) => {
      const paths = sessions.map((sessionId) => `/api/actions/${sessionId}`);
      const { rate, detail } = await post(service, { ...LOAD, paths });
      return { value: rate, detail };
    };
    return { [MANY]: () => appendTo(ids), [ONE]: () => appendTo(["bench-one"]) };
  },
};
