import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idMaker } from "../../src/domain/make-id.js";

const NOW_MS = Date.UTC(2026, 0, 1);

describe("an id", () => {
  it("is a ULID of the time it was made", () => {
    // The example in the ULID specification: 01ARZ3NDEKTSV4RRFFQ69G5FAV.
    const id = idMaker({ now: () => 1_469_922_850_259 }, () => 0)();
    expect(id).toBe("01ARZ3NDEK0000000000000001");
    expect(idMaker({ now: () => NOW_MS }, Math.random)()).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  it("sorts after all that were made before, also where the clock goes back", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3_600_000, max: 3_600_000 }), { maxLength: 50 }), (jumps) => {
        let nowMs = NOW_MS;
        const makeId = idMaker({ now: () => nowMs }, Math.random);
        const ids = jumps.map((jumpMs) => {
          nowMs += jumpMs;
          return makeId();
        });
        expect([...ids].sort()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  it("differs from those of other processes made in the same millisecond", () => {
    const clock = { now: () => NOW_MS };
    const ids = Array.from({ length: 100 }, () => idMaker(clock, Math.random)());
    expect(new Set(ids).size).toBe(100);
  });
});
