import { expect, it } from "vitest";
import { timestamps } from "../src/storage-parts.js";

it.each([
  ["the next millisecond", 1_767_225_600_000, 1_767_225_600_001],
  ["the next second", 1_767_225_600_999, 1_767_225_601_000],
  ["a clock that was put back", 1_767_225_600_020, 1_767_222_000_007],
  ["a time before 1970", 5, -1],
])("says what time it is after %s", (_, ...timesMs) => {
  let nowMs = 0;
  const timestamp = timestamps({ now: () => nowMs });
  for (nowMs of timesMs) expect(timestamp()).toBe(new Date(nowMs).toISOString());
});
