import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { hurrying } from "../src/index-hurry.js";
import { stored } from "./support/events.js";

const BEGINS = [stored({ seq: 1, type: "execution_started", data: { runId: "r1" } })];
const ENDS = [stored({ seq: 2, type: "execution_failed", data: { runId: "r1" } })];
const ACTS = [stored({ seq: 3, type: "action", data: { runId: "r1" } })];

function hurriedIndex(isRested: boolean) {
  const done: string[] = [];
  const index = { isRested, hurry: () => void done.push("applied") };
  return { done, index, hurry: hurrying(index, () => void done.push("told")) };
}

it.each([
  ["a run that begins", [BEGINS], ["told", "applied"]],
  ["a run that ends", [ENDS], ["told", "applied"]],
  ["several in one turn, once", [BEGINS, ENDS, BEGINS], ["told", "applied"]],
  ["anything else, not at once", [ACTS], []],
])("tells a rested index of %s", async (_, commits, expected) => {
  const { done, hurry } = hurriedIndex(true);
  for (const events of commits) hurry(events);
  expect(done).toEqual([]);
  await turn();
  expect(done).toEqual(expected);
});

it("leaves an index that is at work alone", async () => {
  const { done, hurry } = hurriedIndex(false);
  hurry(BEGINS);
  await turn();
  expect(done).toEqual([]);
});
