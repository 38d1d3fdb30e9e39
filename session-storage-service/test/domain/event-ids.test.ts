import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventIds } from "../../src/domain/event-ids.js";

/** Two ids that the table cannot tell apart, found by trying. */
function collidingIds(): [string, string] {
  const ids = new EventIds();
  for (let number = 1; ; number += 1) {
    const id = number.toString(36);
    const [seq] = ids.candidates(id);
    if (seq !== undefined) return [seq.toString(36), id];
    ids.add(id, number);
  }
}

describe("event ids", () => {
  it("that were never stored have no candidate, those that were have their seq among theirs", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { maxLength: 200 }),
        fc.uniqueArray(fc.uuid()),
        (stored, others) => {
          const ids = new EventIds();
          for (const [index, id] of stored.entries()) ids.add(id, index + 1);
          expect(ids.size).toBe(stored.length);
          for (const [index, id] of stored.entries()) {
            expect([ids.mayHold(id), ids.candidates(id).includes(index + 1)]).toEqual([true, true]);
          }
          for (const id of others) expect(ids.mayHold(id)).toBe(ids.candidates(id).length > 0);
        },
      ),
    );
  });

  it("are few where few were stored, and take 8 bytes a slot", () => {
    const ids = new EventIds();
    expect([ids.mayHold("a"), ids.candidates("a"), ids.bytes]).toEqual([false, [], 128]);
    for (let seq = 1; seq <= 100_000; seq += 1) ids.add(`event-${String(seq)}`, seq);
    expect(ids.bytes).toBeLessThanOrEqual(100_000 * 8 * 3);
    let candidates = 0;
    for (let number = 0; number < 100_000; number += 1)
      candidates += ids.candidates(`other-${String(number)}`).length;
    expect(candidates).toBeLessThan(20);
  });

  it("that collide are both found, with both as candidates", () => {
    const [one, other] = collidingIds();
    const ids = new EventIds();
    ids.add(one, 1);
    expect([ids.mayHold(other), ids.candidates(other)]).toEqual([true, [1]]);
    ids.add(other, 2);
    expect([ids.candidates(one), ids.candidates(other)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it("that collide are still told apart after the table has grown", () => {
    const [one, other] = collidingIds();
    const ids = new EventIds();
    ids.add(one, 1);
    ids.add(other, 2);
    for (let seq = 3; seq < 5_000; seq += 1) ids.add(`event-${String(seq)}`, seq);
    expect([...ids.candidates(one)].sort()).toEqual([1, 2]);
  });

  it("that were taken back leave the others to be found as if they had never been there", () => {
    // Few different ones, so that many stand in each other's places.
    const id = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.boolean()), { maxLength: 80 }), (added) => {
        const ids = new EventIds();
        const others = new EventIds();
        for (const [index, [one, stays]] of added.entries()) {
          ids.add(one, index + 1);
          if (stays) others.add(one, index + 1);
        }
        for (const [index, [one, stays]] of added.entries()) if (!stays) ids.remove(one, index + 1);
        expect(ids.size).toBe(others.size);
        for (const [one] of added) expect(ids.candidates(one).sort()).toEqual(others.candidates(one).sort());
      }),
    );
  });

  it("that are not there cannot be taken back", () => {
    const ids = new EventIds();
    ids.add("a", 1);
    ids.remove("a", 2);
    ids.remove("b", 1);
    expect([ids.size, ids.candidates("a")]).toEqual([1, [1]]);
  });

  it("may be stored under the greatest seqs there are", () => {
    const ids = new EventIds();
    ids.add("a", 2 ** 32 - 1);
    expect(ids.candidates("a")).toEqual([2 ** 32 - 1]);
  });
});
