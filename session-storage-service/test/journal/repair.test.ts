import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { realFileSystem } from "../../src/journal/file-system.js";
import { encodeEntry } from "../../src/journal/line.js";
import { recoverSegments, records } from "../../src/journal/open.js";
import { repairSegments } from "../../src/journal/repair.js";
import { segmentName, writtenLength } from "../../src/journal/segment.js";
import { batchOf } from "../support/events.js";
import { append, openJournal } from "../support/journals.js";
import { MemoryDisk } from "../support/memory-disk.js";
import { tempFolder } from "../support/temp-folder.js";

const line = (offset: number, group = offset) => encodeEntry(batchOf(offset), offset, group);
const DAMAGE = "garbage\n";

function folderOf(segments: Record<number, string>): string {
  const folder = tempFolder();
  for (const [offset, text] of Object.entries(segments)) {
    fs.writeFileSync(path.join(folder, segmentName(Number(offset))), text);
  }
  return folder;
}

function recordsOf(folder: string) {
  const { segments } = recoverSegments(realFileSystem, folder);
  return [...records(realFileSystem, segments)].map((record) =>
    record.kind !== "loss" ? record.firstOffset : { lost: [record.firstOffset, record.nextOffset] },
  );
}

const readIn = (folder: string, file: string) => fs.readFileSync(path.join(folder, file), "utf8");

describe("a repair", () => {
  it.each([
    ["nothing", { 1: line(1) + line(2) }, [], [1, 2]],
    ["nothing where only a tail is torn", { 1: line(1) + DAMAGE }, [], [1]],
    ["damage before a later commit", { 1: line(1) + DAMAGE + line(3) }, [[2, 3]], [1, { lost: [2, 3] }, 3]],
    ["damage at the start", { 1: DAMAGE + line(4) }, [[1, 4]], [{ lost: [1, 4] }, 4]],
    [
      "damage in two places",
      { 1: line(1) + DAMAGE + line(3) + DAMAGE + DAMAGE + line(6) },
      [
        [2, 3],
        [4, 6],
      ],
      [1, { lost: [2, 3] }, 3, { lost: [4, 6] }, 6],
    ],
    ["the end of an older segment", { 1: line(1) + DAMAGE, 3: line(3) }, [[2, 3]], [1, { lost: [2, 3] }, 3]],
    ["a missing segment", { 1: line(1), 3: line(3) }, [[2, 3]], [1, { lost: [2, 3] }, 3]],
    ["a line that repeats an offset", { 1: line(1) + line(1) + line(2) }, [[2, 2]], [1, { lost: [2, 2] }, 2]],
    ["lines that are gone", { 1: line(1) + line(5) }, [[2, 5]], [1, { lost: [2, 5] }, 5]],
    ["a whole older segment", { 1: DAMAGE, 3: line(3) }, [[1, 3]], [{ lost: [1, 3] }, 3]],
    [
      "damage and the tail behind it",
      { 1: line(1) + DAMAGE + line(3) + "torn" },
      [
        [2, 3],
        [4, 4],
      ],
      [1, { lost: [2, 3] }, 3, { lost: [4, 4] }],
    ],
  ])("takes out %s", (_, segments, lost, left) => {
    const folder = folderOf(segments);
    const losses = repairSegments(realFileSystem, folder);
    expect(losses.map(({ firstOffset, nextOffset }) => [firstOffset, nextOffset])).toEqual(lost);
    expect(recordsOf(folder)).toEqual(left);
    expect(repairSegments(realFileSystem, folder)).toEqual([]);
  });

  it("reports each place and sets its bytes aside", () => {
    const folder = folderOf({ 1: line(1) + DAMAGE + line(3) });
    const [loss] = repairSegments(realFileSystem, folder);
    expect(loss).toEqual({
      segment: segmentName(1),
      position: line(1).length,
      bytes: DAMAGE.length,
      firstOffset: 2,
      nextOffset: 3,
      file: path.join("damaged", `${segmentName(1)}.${String(line(1).length)}`),
    });
    expect(readIn(folder, loss?.file ?? "")).toBe(DAMAGE);
  });

  it("keeps a line whose newline before it is damaged", () => {
    const folder = folderOf({ 1: line(1) + `${line(2).slice(0, -1)}x` + line(3) });
    repairSegments(realFileSystem, folder);
    expect(recordsOf(folder)).toEqual([1, { lost: [2, 3] }, 3]);
  });

  it("leaves intact lines byte for byte, and untouched segments alone", () => {
    const folder = folderOf({ 1: line(1) + line(2), 3: line(3) + DAMAGE + line(5) });
    const before = fs.statSync(path.join(folder, segmentName(1)));
    repairSegments(realFileSystem, folder);
    const after = fs.statSync(path.join(folder, segmentName(1)));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    expect(readIn(folder, segmentName(3)).startsWith(line(3))).toBe(true);
    expect(readIn(folder, segmentName(3)).endsWith(line(5))).toBe(true);
  });

  it("leaves a journal that goes on where the old one ended", async () => {
    const folder = folderOf({ 1: line(1) + DAMAGE + line(3) });
    repairSegments(realFileSystem, folder);
    const journal = await openJournal({ folder, fileSystem: realFileSystem });
    expect(await append(journal, batchOf(4))).toBe(4);
    await journal.close();
    expect(recordsOf(folder)).toEqual([1, { lost: [2, 3] }, 3, 4]);
  });
});

it("keeps every line that is intact, whatever bytes are damaged, and accounts for every byte it takes out", () => {
  const lines = [1, 2, 3, 4, 5, 6].map((offset) => Buffer.from(line(offset)));
  const whole = Buffer.concat(lines);
  const file = `journal/${segmentName(1)}`;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }), (damages) => {
      const damaged = Buffer.from(whole);
      for (const [at, byte] of damages) damaged[at] = byte;
      const disk = new MemoryDisk(new Map([[file, damaged]]));
      const losses = repairSegments(disk, "journal");
      const { segments, tornBytes } = recoverSegments(disk, "journal");
      const kept = [...records(disk, segments)].flatMap((record) =>
        record.kind === "batch" ? [record.firstOffset] : [],
      );
      const intact = lines.flatMap((text, index) => {
        const start = Buffer.concat(lines.slice(0, index)).length;
        return damaged.subarray(start, start + text.length).equals(text) ? [index + 1] : [];
      });
      expect(kept).toEqual(intact);
      const setAside = losses.reduce((sum, { bytes }) => sum + bytes, 0);
      const keptBytes = kept.reduce((sum, offset) => sum + (lines[offset - 1]?.length ?? 0), 0);
      // Zeros at the end of a torn line cannot be told from room for lines.
      expect(setAside + tornBytes + keptBytes).toBeGreaterThanOrEqual(writtenLength(damaged));
      expect(setAside + tornBytes + keptBytes).toBeLessThanOrEqual(whole.length);
    }),
    { numRuns: 500 },
  );
});
