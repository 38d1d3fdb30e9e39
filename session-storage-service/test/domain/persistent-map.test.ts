import fc from "fast-check";
import { expect, it } from "vitest";
import { hash32 } from "../../src/domain/event-ids.js";
import { PersistentMap } from "../../src/domain/persistent-map.js";

const key = fc.constantFrom(...Array.from({ length: 40 }, (_, index) => `k${String(index)}`));
const change = fc.oneof(
  fc.record({ key, value: fc.nat(9) }),
  fc.record({ key, value: fc.constant(undefined) }),
);

function changed(map: PersistentMap<number>, [name, value]: readonly [string, number | undefined]) {
  return value === undefined ? map.delete(name) : map.set(name, value);
}

const entriesOf = (map: PersistentMap<number>) => [...map.entries()].sort();

it("holds what a map holds, and every older value stays as it was", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
      const model = new Map<string, number>();
      let map = PersistentMap.empty<number>();
      const past: [PersistentMap<number>, [string, number][]][] = [];
      for (const { key: name, value } of changes) {
        map = changed(map, [name, value]);
        if (value === undefined) model.delete(name);
        else model.set(name, value);
        past.push([map, [...model].sort()]);
      }
      for (const [older, entries] of past) {
        expect([older.size, entriesOf(older)]).toEqual([entries.length, entries]);
      }
      for (const name of model.keys())
        expect([map.has(name), map.get(name)]).toEqual([true, model.get(name)]);
    }),
  );
});

it("knows what it has that another has not, or not like this", () => {
  const changes = fc.array(change, { maxLength: 60 });
  fc.assert(
    fc.property(changes, changes, fc.boolean(), (before, after, isRelated) => {
      const apply = (map: PersistentMap<number>, all: typeof before) =>
        all.reduce((made, { key: name, value }) => changed(made, [name, value]), map);
      const older = apply(PersistentMap.empty<number>(), before);
      const newer = apply(isRelated ? older : PersistentMap.empty<number>(), after);
      const differing = entriesOf(newer).filter(([name, value]) => older.get(name) !== value);
      expect([...newer.changesSince(older)].sort()).toEqual(differing);
      expect([...newer.changesSince(undefined)].sort()).toEqual(entriesOf(newer));
    }),
  );
});

it("is the same whatever it held before", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
      const map = changes.reduce(
        (all, { key: name, value }) => changed(all, [name, value]),
        PersistentMap.empty<number>(),
      );
      expect(map).toEqual(PersistentMap.of(entriesOf(map)));
    }),
  );
});

/** Two texts of the same hash: found by trying, so that the branch for it is walked. */
function colliding(): [string, string] {
  const seen = new Map<number, string>();
  for (let index = 0; ; index += 1) {
    const text = `c${String(index)}`;
    const other = seen.get(hash32(text));
    if (other !== undefined) return [other, text];
    seen.set(hash32(text), text);
  }
}

it("keeps keys apart whose hashes are the same", () => {
  const [one, other] = colliding();
  const both = PersistentMap.of([
    [one, 1],
    [other, 2],
  ]);
  expect([both.size, both.get(one), both.get(other)]).toEqual([2, 1, 2]);
  expect(both.set(one, 3).get(one)).toBe(3);
  expect([both.delete(one).get(one), both.delete(one).get(other)]).toEqual([undefined, 2]);
});
