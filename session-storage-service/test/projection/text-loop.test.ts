import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TextLoop } from "../../src/projection/text-loop.js";

/** Passes with the faked timers, and while something works. */
let workedMs = 0;
const nowMs = (): number => Date.now() + workedMs;
let loop: TextLoop | undefined;
afterEach(() => loop?.stop());

/** How much of `forMs` goes into text indexing that never ends, with the main thread so busy. */
function shareOfTime(busyPercent: number, forMs: number): number {
  workedMs = 0;
  loop = new TextLoop(
    { step: () => ((workedMs += 4), 0), stepFor: () => "nothing" },
    () => busyPercent,
    nowMs,
    () => undefined,
  );
  const startedMs = nowMs();
  while (nowMs() - startedMs < forMs) {
    loop.wake();
    vi.advanceTimersByTime(1);
  }
  loop.stop();
  return workedMs / (nowMs() - startedMs);
}

describe("text indexing over time", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
  afterEach(() => void vi.useRealTimers());

  it("takes a tenth of it while the service is busy, and most of it while it is idle", () => {
    expect(shareOfTime(90, 6_000)).toBeCloseTo(0.1, 1);
    expect(shareOfTime(5, 3_000)).toBeGreaterThan(0.5);
  });
});

describe("text indexing", () => {
  it("asked for a delay below zero where time passed while it was reckoned, of which Node 24 warns", () => {
    let timeMs = 0;
    const delays: unknown[] = [];
    vi.spyOn(globalThis, "setTimeout").mockImplementation((_run, delayMs) => {
      delays.push(delayMs);
      return 0 as unknown as NodeJS.Timeout;
    });
    try {
      const ticking = (): number => (timeMs += 0.01);
      new TextLoop(
        { step: () => 0, stepFor: () => "nothing" },
        () => 0,
        ticking,
        () => undefined,
      ).wake();
    } finally {
      vi.restoreAllMocks();
    }
    expect(delays).toEqual([0]);
  });

  it("lets what else there is to do go first", async () => {
    let steps = 0;
    loop = new TextLoop(
      { step: () => ((steps += 1), 0), stepFor: () => "nothing" },
      () => 0,
      () => performance.now(),
      () => undefined,
    );
    loop.wake();
    for (let count = 0; count < 50; count += 1) {
      const before = steps;
      await turn();
      expect(steps - before).toBeLessThanOrEqual(1);
    }
    await expect.poll(() => steps).toBeGreaterThan(5);
  });

  it("tries again after an error", async () => {
    const errors: unknown[] = [];
    const step = (): number => {
      throw new Error("no room");
    };
    loop = new TextLoop(
      { step, stepFor: step as never },
      () => 0,
      () => performance.now(),
      (error) => errors.push(error),
    );
    loop.wake();
    await expect.poll(() => errors.length).toBe(1);
    await loop.catchUp(undefined, 500);
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
      () => 0,
      () => undefined,
    );
    await loop.catchUp("s", 500);
    expect(left).toBe(-1);
  });

  it("takes no longer than it may", async () => {
    let looks = 0;
    loop = new TextLoop(
      { step: () => Infinity, stepFor: () => ((looks += 1), "waiting") },
      () => 0,
      () => looks * 100,
      () => undefined,
    );
    await loop.catchUp(undefined, 500);
    expect(looks).toBe(5);
  });
});
