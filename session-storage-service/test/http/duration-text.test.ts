import { expect, it } from "vitest";
import { durationText } from "../../src/http/duration-text.js";

it.each([
  [0, "0s", "0.0s"],
  [499, "0s", "0.5s"],
  [8_000, "8s", "8.0s"],
  [45_240, "45s", "45.2s"],
  [59_499, "59s", "59.5s"],
  [59_949, "1m 00s", "59.9s"],
  [59_950, "1m 00s", "1m 00s"],
  [60_000, "1m 00s", "1m 00s"],
  [125_000, "2m 05s", "2m 05s"],
  [3_599_499, "59m 59s", "59m 59s"],
  [3_599_500, "1h 00m 00s", "1h 00m 00s"],
  [3_725_000, "1h 02m 05s", "1h 02m 05s"],
  [100 * 3_600_000, "100h 00m 00s", "100h 00m 00s"],
])("%d ms is %s, or %s with tenths", (durationMs, seconds, tenths) => {
  expect([durationText(durationMs), durationText(durationMs, "tenths")]).toEqual([seconds, tenths]);
});
