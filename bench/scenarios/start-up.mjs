import { randomUUID } from "node:crypto";
import { mixedBatch } from "../events.mjs";
import { createSession, lastSeq, sendBatches, totalSessions } from "../recorder.mjs";

const FEW = 1_000;
const MANY = 100_000;
const EVENTS_PER_SESSION = 5;
const FILL_TIMEOUT_MS = 300_000;
const WITH_FEW = "1,000 sessions stored";
const WITH_MANY = "100,000 sessions stored";

/** @type {import("../scenario.mjs").Scenario} */
export const startUp = {
  name: "start-up",
  work: "from the start of the process to ready",
  unit: "ms",
  targets: [{ contestant: WITH_MANY, against: WITH_FEW, atMost: 3 }],
  async prepare(bench) {
    for (const sessions of [FEW, MANY]) await fill(await bench.service(`data-${sessions}`), sessions);
    /** @param {number} sessions */
    const start = async (sessions) => {
      const service = await bench.service(`data-${sessions}`);
      await checkServes(service, sessions);
      await service.stop();
      return { value: service.readyMs };
    };
    return { [WITH_FEW]: () => start(FEW), [WITH_MANY]: () => start(MANY) };
  },
};

/**
 * @param {import("../server.mjs").Server} service
 * @param {number} sessions
 */
async function fill(service, sessions) {
  await sendBatches(service, newSessions(sessions));
  await service.settle(FILL_TIMEOUT_MS);
  await service.stop();
}

/**
 * Ready means that every stored session is listed, read, and written to.
 * @param {import("../server.mjs").Server} service
 * @param {number} stored
 */
async function checkServes(service, stored) {
  const total = await totalSessions(service);
  if (total < stored) throw new Error(`${total} of ${stored} sessions are listed`);
  const seq = await lastSeq(service, `bench-${FEW}`);
  if (seq !== EVENTS_PER_SESSION + 1) throw new Error(`a stored session has ${seq} events`);
  await createSession(service, `late-${randomUUID()}`);
}

/** @param {number} count */
function* newSessions(count) {
  const create = JSON.stringify({ batch: { create: { userId: "bench", initial: { goal: "measure" } } } });
  const body = `${create}\n${mixedBatch(EVENTS_PER_SESSION)}`;
  for (let at = 1; at <= count; at += 1) yield { sessionId: `bench-${at}`, body };
}
