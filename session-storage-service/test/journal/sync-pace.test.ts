import { describe, expect, it } from "vitest";
import { SyncPace } from "../../src/journal/sync-pace.js";

const paceAfter = (...syncsMs: number[]): SyncPace => {
  const pace = new SyncPace();
  for (const ms of syncsMs) pace.took(ms);
  return pace;
};

describe("a disk", () => {
  it.each([
    ["nothing is known of", [], false],
    ["that was quick", [0.2], true],
    ["that was slow", [5], false],
    ["that was quick but for once", [0.2, 0.2, 0.2, 30], false],
    ["that has been quick again for a while", [0.2, 30, ...Array<number>(20).fill(0.2)], true],
    ["that gets slower little by little", [0.2, 0.5, 1, 2, 4, 4], false],
  ])("%s: %j", (_, syncsMs, isFast) => {
    expect(paceAfter(...syncsMs).isFast).toBe(isFast);
  });
});
