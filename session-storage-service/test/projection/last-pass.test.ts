import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { LastPass } from "../../src/projection/last-pass.js";
import { tempFolder } from "../support/temp-folder.js";

const NOW_MS = Date.parse("2026-01-31T09:30:00.000Z");
const RESULT = { sessionsDeleted: 1, runsDeleted: 0, nodesDeleted: 0, bytesFreed: 10 };
const open = (file: string): LastPass => new LastPass(file, NOW_MS, () => undefined);

it.each(["null", "{", "[]", '{"lastPass":null,"answers":null}', '{"answers":7}'])(
  "a file that holds %s would have kept the service from starting: it counts from now on",
  (text) => {
    const file = path.join(tempFolder(), "retention.json");
    fs.writeFileSync(file, text);
    const lastPass = open(file);
    expect([lastPass.ms, lastPass.answerTo("k")]).toEqual([NOW_MS, undefined]);
    expect(open(file).ms).toBe(NOW_MS);
  },
);

it("keeps the last hundred answers, and the last pass beside them", () => {
  const file = path.join(tempFolder(), "retention.json");
  const lastPass = open(file);
  for (let key = 0; key < 101; key += 1) lastPass.keepAnswer(`k${String(key)}`, RESULT);
  lastPass.note(NOW_MS + 1);
  const again = open(file);
  expect(["k0", "k1", "k100"].map((key) => again.answerTo(key))).toEqual([undefined, RESULT, RESULT]);
  expect(again.ms).toBe(NOW_MS + 1);
});
