import type { EventLoopUtilization } from "node:perf_hooks";
import { expect, it } from "vitest";
import { Breather } from "../../src/projection/breather.js";

const STAYS = new AbortController().signal;

/** A breather on a thread that others use so much of, and what it pauses. */
function resting(utilization: number): { breather: Breather; pausedMs: number[] } {
  const pausedMs: number[] = [];
  const used = (): EventLoopUtilization => ({ utilization, active: utilization, idle: 1 - utilization });
  const paused = (ms: number): Promise<void> => Promise.resolve(void pausedMs.push(ms));
  return { breather: new Breather(paused, used), pausedMs };
}

it.each([
  ["that nobody else needs, as long as the work took", 0.1, [20]],
  ["that others keep busy, nine times as long", 0.9, [20, 160]],
])("rests on a thread %s", async (_, utilization, expected) => {
  const { breather, pausedMs } = resting(utilization);
  await breather.rest(20, STAYS);
  expect(pausedMs).toEqual(expected);
});

it("sees what others take of the thread while it rests", async () => {
  const pausedMs: number[] = [];
  const breather = new Breather((ms) => {
    pausedMs.push(ms);
    const until = performance.now() + 20;
    while (performance.now() < until);
    return Promise.resolve();
  });
  await breather.rest(2, STAYS);
  expect(pausedMs).toEqual([2, 16]);
});

it("does not rest on when the service is to stop", async () => {
  const stopping = new AbortController();
  const rest = new Breather().rest(3_600_000, stopping.signal);
  stopping.abort();
  await expect(rest).rejects.toThrow();
});
