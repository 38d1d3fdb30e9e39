import { describe, expect, it } from "vitest";
import { happenedAtMs, tookMs } from "../src/reading.js";

const STORED = "2026-03-01T12:00:00.000Z";

describe("an event", () => {
  it.each([
    ["a moment before it was stored", "2026-03-01T11:59:59.900Z", "2026-03-01T11:59:59.900Z"],
    ["in another zone", "2026-03-01T13:59:59.900+02:00", "2026-03-01T11:59:59.900Z"],
    ["after days on its sender's disk", "2026-02-26T12:00:00.000Z", "2026-02-26T12:00:00.000Z"],
    ["by a clock that is ahead", "2026-03-01T12:00:00.001Z", STORED],
    ["in the far future", "9999-12-31T23:59:59.999Z", STORED],
    ["by a clock that was never set", "1970-01-01T00:00:12.000Z", STORED],
    ["longer ago than anything waits", "2026-02-22T11:59:59.999Z", STORED],
    ["at no time there is", "yesterday", STORED],
    ["by a number", 1_772_366_399_900, STORED],
    ["without a time", undefined, STORED],
  ])("that its sender says happened %s", (_, sent, happened) => {
    expect(new Date(happenedAtMs(Date.parse(STORED), sent)).toISOString()).toBe(happened);
  });

  it.each([
    [1_500, 1_500],
    [0, 0],
    [-5, 0],
    [1e15, 0],
    ["1500", 0],
    [undefined, 0],
  ])("that says it took %s is taken to have taken %i ms", (durationMs, ms) => {
    expect(tookMs(durationMs)).toBe(ms);
  });
});
