import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { TextLoop } from "../../src/projection/text-loop.js";

const nowMs = (): number => performance.now();
let loop: TextLoop | undefined;
afterEach(() => loop?.stop());

function workFor(ms: number): void {
  for (const endMs = nowMs() + ms; nowMs() < endMs;);
}

/** How much of `forMs` goes into text indexing that never ends, with the main thread so busy. */
async function shareOfTime(busyPercent: number, forMs: number): Promise<number> {
  let workedMs = 0;
  const step = (): number => {
    const startedMs = nowMs();
    workFor(4);
    workedMs += nowMs() - startedMs;
    return 0;
  };
  loop = new TextLoop(
    { step, stepFor: () => "nothing" },
    () => busyPercent,
    nowMs,
    () => undefined,
  );
  loop.wake();
  const startedMs = nowMs();
  while (nowMs() - startedMs < forMs) {
    await pause(20);
    loop.wake();
  }
  loop.stop();
  return workedMs / (nowMs() - startedMs);
}

describe("text indexing", () => {
  it("takes a tenth of the time while the service is busy, and most of it while it is idle", async () => {
    const [busy, idle] = [await shareOfTime(90, 600), await shareOfTime(5, 300)];
    expect(busy).toBeLessThan(0.2);
    expect(idle).toBeGreaterThan(0.5);
  });

  it("lets what else there is to do go first", async () => {
    loop = new TextLoop(
      { step: () => (workFor(10), 0), stepFor: () => "nothing" },
      () => 0,
      nowMs,
      () => undefined,
    );
    loop.wake();
    const delays: number[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const startedMs = nowMs();
      await pause(1);
      delays.push(nowMs() - startedMs);
    }
    expect(delays.sort((a, b) => a - b)[5]).toBeLessThan(40);
  });

  it("tries again after an error", async () => {
    const errors: unknown[] = [];
    const step = (): number => {
      throw new Error("no room");
    };
    loop = new TextLoop(
      { step, stepFor: step as never },
      () => 0,
      nowMs,
      (error) => errors.push(error),
    );
    loop.wake();
    await expect.poll(() => errors.length).toBe(1);
    await loop.catchUp(undefined);
    expect(errors).toHaveLength(2);
  });
});

describe("catching up", () => {
  it("ends when there is nothing more to do", async () => {
    let left = 5;
    const stepFor = (): "more" | "nothing" => (left-- > 0 ? "more" : "nothing");
    loop = new TextLoop(
      { step: () => Infinity, stepFor },
      () => 100,
      nowMs,
      () => undefined,
    );
    await loop.catchUp("s");
    expect(left).toBe(-1);
  });

  it("takes half a second at most", async () => {
    loop = new TextLoop(
      { step: () => Infinity, stepFor: () => "waiting" },
      () => 0,
      nowMs,
      () => undefined,
    );
    const startedMs = nowMs();
    await loop.catchUp(undefined);
    const tookMs = nowMs() - startedMs;
    expect(tookMs).toBeGreaterThan(450);
    expect(tookMs).toBeLessThan(900);
  });
});
