import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { TranscriptAnswers } from "../../src/projection/transcript-answers.js";
import { tempFolder } from "../support/temp-folder.js";

const answer = (key: string) => ({ key, stored: 1, duplicates: 0, total: 2 });

it("a damaged line among the answers would have kept a transcript from being read", () => {
  const file = path.join(tempFolder(), ".main.keys");
  const line = (key: string): string => `${JSON.stringify(answer(key))}\n`;
  const damage = Buffer.from([0, 0xff, 0xfe, 0x0a]);
  fs.writeFileSync(
    file,
    Buffer.concat([Buffer.from(line("a")), damage, Buffer.from(`${line("é")}{"key":"torn`)]),
  );
  const answers = new TranscriptAnswers(file);
  expect(["a", "é", "torn"].map((key) => answers.get(key)?.total)).toEqual([2, 2, undefined]);
  answers.add(answer("b"));
  answers.flush();
  const again = new TranscriptAnswers(file);
  expect(["a", "é", "b"].map((key) => again.get(key))).toEqual([answer("a"), answer("é"), answer("b")]);
});
