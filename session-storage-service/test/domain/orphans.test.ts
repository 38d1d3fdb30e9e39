import { expect, it } from "vitest";
import { Orphans } from "../../src/domain/orphans.js";

it("gives a parent its children once, each once", () => {
  const orphans = new Orphans();
  orphans.add("p1", "c1");
  orphans.add("p1", "c2");
  orphans.add("p1", "c1");
  orphans.add("p2", "c3");
  expect([...orphans.take("p1")]).toEqual(["c1", "c2"]);
  expect([...orphans.take("p1")]).toEqual([]);
  expect([...orphans.take("p2")]).toEqual(["c3"]);
});

it("forgets the oldest parent rather than grow without end", () => {
  const orphans = new Orphans();
  for (let number = 0; number <= 10_000; number += 1) orphans.add(`p${String(number)}`, "c");
  expect([...orphans.take("p0")]).toEqual([]);
  expect([...orphans.take("p1")]).toEqual(["c"]);
  expect([...orphans.take("p10000")]).toEqual(["c"]);
});
