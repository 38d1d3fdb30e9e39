import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Waiters } from "../src/waiting.js";

it.each([0, 30])("who waits does so for what was queued then, with %i that came ahead", async (ahead) => {
  const queue = { size: 10, settled: 5, ahead: 0 };
  const waiters = new Waiters(queue);
  let isOver = false;
  const waiting = waiters.wait(60_000, false).then(() => (isOver = true));
  queue.ahead = ahead;
  queue.settled = 14 + ahead;
  waiters.release();
  await sleep(0);
  expect(isOver).toBe(false);
  queue.settled = 15 + ahead;
  waiters.release();
  await waiting;
});

it("nobody waits for more once nothing is left", async () => {
  const queue = { size: 10, settled: 5, ahead: 0 };
  const waiters = new Waiters(queue);
  const waiting = waiters.wait(60_000, false);
  queue.size = 0;
  waiters.release();
  await waiting;
});
