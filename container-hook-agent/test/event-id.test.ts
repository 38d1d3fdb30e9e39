import { describe, expect, it } from "vitest";
import { createEventIds } from "../src/event-id.js";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("event ids", () => {
  it("are UUIDs of version 7 that begin with the time", () => {
    const newId = createEventIds(() => 0x0123_4567_89ab);
    expect(newId()).toMatch(UUID_V7);
    expect(newId().replace("-", "").slice(0, 12)).toBe("0123456789ab");
  });

  it("differ and sort as made, within a millisecond and when the clock steps back", () => {
    let nowMs = 1_800_000_000_000;
    const newId = createEventIds(() => nowMs);
    const ids = Array.from({ length: 10_000 }, newId);
    nowMs -= 3_600_000;
    ids.push(newId(), newId());
    nowMs += 7_200_000;
    ids.push(newId());
    expect(ids.every((id) => UUID_V7.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });

  it("take new randomness for every id", () => {
    const newId = createEventIds(() => 1);
    const tails = Array.from({ length: 2_000 }, () => newId().slice(-12));
    expect(new Set(tails).size).toBe(tails.length);
  });
});
