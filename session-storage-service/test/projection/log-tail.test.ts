import { expect, it } from "vitest";
import { linesFromEnd } from "../../src/projection/log-tail.js";
import { asRead, lineOf, logOf } from "../support/log-files.js";

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

it.each([
  ["an empty log", [], []],
  ["a file", [lineOf(1), lineOf(2)], []],
  ["what waits to be written", [], [lineOf(1), lineOf(2)]],
  ["what waits, then the file", [lineOf(1), lineOf(2)], [lineOf(3), lineOf(4)]],
  ["lines larger than what is read at once", [lineOf(1, 200_000), lineOf(2, 70_000)], [lineOf(3, 100_000)]],
  ["lines that end where a read begins", [lineOf(1), lineOf(2, 65_536), lineOf(3, 131_072)], []],
  ["many lines", Array.from({ length: 2_000 }, (_, index) => lineOf(index + 1, 150)), []],
])("reads %s from the last line to the first", async (_, file, pending) => {
  const log = logOf({ file: file.join(""), pending: pending.join("") });
  expect(await all(linesFromEnd(log))).toEqual(asRead(...file, ...pending).reverse());
});

it("stops reading where its reader stops", async () => {
  const log = logOf({ file: lineOf(1) + lineOf(2) });
  for await (const line of linesFromEnd(log)) {
    expect([line]).toEqual(asRead(lineOf(2)));
    break;
  }
});
