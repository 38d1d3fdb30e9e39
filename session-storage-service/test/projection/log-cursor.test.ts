import fs from "node:fs";
import { open } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogCursor, seek } from "../../src/projection/log-cursor.js";
import { asRead, lineOf, logOf, placesAfter } from "../support/log-files.js";

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const linesOf = (seqs: readonly number[]) => seqs.map((seq) => lineOf(seq)).join("");

describe("a cursor", () => {
  it.each([
    ["an empty log", {}, 0, []],
    ["a file", { file: linesOf([1, 3, 4]) }, 0, [1, 3, 4]],
    ["what waits to be written", { pending: linesOf([1, 3]) }, 0, [1, 3]],
    ["a file, then what waits", { file: linesOf([1, 3]), pending: linesOf([4, 9]) }, 0, [1, 3, 4, 9]],
    ["what comes after a seq", { file: linesOf([1, 3]), pending: linesOf([4, 9]) }, 1, [3, 4, 9]],
    [
      "what comes after a seq that is in another log",
      { file: linesOf([1, 3]), pending: linesOf([4]) },
      2,
      [3, 4],
    ],
    ["what waits, past a file of older lines", { file: linesOf([1, 3]), pending: linesOf([4, 9]) }, 4, [9]],
    ["nothing after the last", { file: linesOf([1, 3]), pending: linesOf([4]) }, 4, []],
  ])("reads %s", async (_, text, after, places) => {
    expect(await placesAfter(logOf(text), after)).toEqual(places);
  });

  it("reads by offset as well", async () => {
    const log = logOf({ file: linesOf([1, 3]), pending: linesOf([4]) });
    expect(await placesAfter(log, 10, "offset")).toEqual([30, 40]);
  });

  it("gives each line as it stands in the file, one character per byte", async () => {
    const cursor = await LogCursor.open(logOf({ file: lineOf(1, 200), pending: lineOf(2, 200) }), 0);
    const [first, second] = asRead(lineOf(1, 200), lineOf(2, 200));
    expect(cursor.line).toBe(first);
    await cursor.advance();
    expect(cursor.line).toBe(second);
    await cursor.advance();
    expect([cursor.line, cursor.place]).toEqual([undefined, Infinity]);
    await cursor.close();
  });

  it("reads the file as it stood when the log was looked at", async () => {
    const log = logOf({ file: linesOf([1, 2]) });
    fs.appendFileSync(log.path, lineOf(3));
    expect(await placesAfter(log, 0)).toEqual([1, 2]);
  });

  it("steps from line to line without asking the disk, as long as it has some", async () => {
    const cursor = await LogCursor.open(logOf({ file: linesOf([1, 2]) }), 0);
    expect([cursor.step(), cursor.place]).toEqual([true, 2]);
    expect(cursor.step()).toBe(false);
    await cursor.close();
  });

  it.each([
    ["garbage", "garbage\n"],
    ["zeros", `${"\0".repeat(80_000)}\n`],
    ["an empty line", "\n"],
    ["a line without an end, overwritten", `${lineOf(2).slice(0, 30)}\n`],
  ])("passes over %s between lines", async (_, damage) => {
    const log = logOf({ file: lineOf(1) + damage + linesOf([3, 4]) });
    expect((await placesAfter(log, 0)).filter((place) => place === 3 || place === 4)).toEqual([3, 4]);
    expect(await placesAfter(log, 3)).toEqual([4]);
  });
});

describe("seeking", () => {
  /** Positions of lines of these sizes, with odd seqs from 1. */
  async function positions(sizes: readonly number[]) {
    const lines = sizes.map((bytes, index) => lineOf(index * 2 + 1, bytes));
    const log = logOf({ file: lines.join("") });
    let at = 0;
    const starts = lines.map((line) => (at += Buffer.byteLength(line)) - Buffer.byteLength(line));
    const handle = await open(log.path, "r");
    return { log, starts, handle };
  }

  it("finds the first line after any seq or offset, in a file of lines from 50 bytes to 300 KiB", async () => {
    const size = fc.oneof(
      { weight: 30, arbitrary: fc.integer({ min: 50, max: 600 }) },
      { weight: 4, arbitrary: fc.integer({ min: 50_000, max: 80_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 120_000, max: 300 * 1_024 }) },
    );
    const anySizes = fc.array(size, { minLength: 1, maxLength: 150, size: "max" });
    await fc.assert(
      fc.asyncProperty(anySizes, fc.array(fc.nat(300), { maxLength: 15 }), async (sizes, places) => {
        const { log, starts, handle } = await positions(sizes);
        try {
          for (const place of [1, 2, sizes.length * 2 - 1, ...places]) {
            const after = place % (sizes.length * 2);
            const expected = starts[Math.floor((after + 1) / 2)] ?? log.size;
            expect(await seek(handle, log.size, after)).toBe(expected);
            expect(await seek(handle, log.size, after * 10, "offset")).toBe(expected);
          }
        } finally {
          await handle.close();
        }
      }),
      { numRuns: 20 },
    );
  });

  it("reads little of a large file", async () => {
    const { log, starts, handle } = await positions(Array.from({ length: 20_000 }, () => 300));
    const { bytesRead } = await countingReads(handle, () => seek(handle, log.size, 30_000));
    expect(bytesRead).toBeLessThan(log.size / 10);
    expect(await seek(handle, log.size, 30_000)).toBe(starts[15_000]);
    await handle.close();
  });

  it("reads every line after a seq although lines before and after it are damaged", async () => {
    const lines = range(1, 3_000).map((seq) => (seq % 7 === 0 ? "damaged\n" : lineOf(seq, 200)));
    const log = logOf({ file: lines.join("") });
    for (const after of [1, 700, 1_393, 1_394, 2_999]) {
      const intact = range(after + 1, 3_000).filter((seq) => seq % 7 !== 0);
      expect((await placesAfter(log, after)).filter((place) => place > 0)).toEqual(intact);
    }
  });
});

async function countingReads(handle: Awaited<ReturnType<typeof open>>, work: () => Promise<unknown>) {
  const read = handle.read.bind(handle) as (...args: unknown[]) => Promise<{ bytesRead: number }>;
  let bytesRead = 0;
  Object.assign(handle, {
    read: async (...args: unknown[]) => {
      const result = await read(...args);
      bytesRead += result.bytesRead;
      return result;
    },
  });
  await work();
  return { bytesRead };
}
