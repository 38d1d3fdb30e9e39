import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { JournalCorrupt } from "../../src/journal/errors.js";
import { realFileSystem } from "../../src/journal/file-system.js";
import { encodeEntry, encodeLoss } from "../../src/journal/line.js";
import { recoverSegments, records, skipOffsets } from "../../src/journal/open.js";
import { segmentName, segmentOffsets } from "../../src/journal/segment.js";
import { batchOf } from "../support/events.js";
import { FaultyDisk } from "../support/faulty-disk.js";
import { tempFolder } from "../support/temp-folder.js";

/** A line for the event with this offset, of the commit that began with `group`. */
const line = (offset: number, group = offset) => encodeEntry(batchOf(offset), offset, group);
const TORN = line(99).slice(0, 40);
const ROOM = "\0".repeat(50);

/** A journal folder with these segments, by first offset. */
function folderOf(segments: Record<number, string>): string {
  const folder = tempFolder();
  for (const [offset, text] of Object.entries(segments)) {
    fs.writeFileSync(path.join(folder, segmentName(Number(offset))), text);
  }
  return folder;
}

function recovered(folder: string) {
  const { segments, nextOffset, tornBytes } = recoverSegments(realFileSystem, folder);
  return {
    offsets: [...records(realFileSystem, segments)].map((record) => record.firstOffset),
    nextOffset,
    tornBytes,
  };
}

const contents = (folder: string) =>
  fs
    .readdirSync(folder)
    .sort()
    .map((name) => fs.readFileSync(path.join(folder, name), "utf8"));

describe("recovery", () => {
  it.each([
    ["an empty folder", {}, { offsets: [], nextOffset: 1, tornBytes: 0 }],
    ["one segment", { 1: line(1) + line(2) }, { offsets: [1, 2], nextOffset: 3, tornBytes: 0 }],
    [
      "segments in order",
      { 1: line(1), 2: line(2) + line(3) },
      { offsets: [1, 2, 3], nextOffset: 4, tornBytes: 0 },
    ],
    [
      "segments whose predecessors are retired",
      { 7: line(7) },
      { offsets: [7], nextOffset: 8, tornBytes: 0 },
    ],
    ["an empty last segment", { 1: line(1), 2: "" }, { offsets: [1], nextOffset: 2, tornBytes: 0 }],
    ["only an empty segment", { 5: "" }, { offsets: [], nextOffset: 5, tornBytes: 0 }],
    ["a torn tail", { 1: line(1) + TORN }, { offsets: [1], nextOffset: 2, tornBytes: 40 }],
    [
      "a torn tail before empty segments",
      { 1: line(1) + TORN, 2: "" },
      { offsets: [1], nextOffset: 2, tornBytes: 40 },
    ],
    ["zeros after the last line", { 1: `${line(1)}${ROOM}` }, { offsets: [1], nextOffset: 2, tornBytes: 0 }],
    ["nothing but zeros", { 1: ROOM }, { offsets: [], nextOffset: 1, tornBytes: 0 }],
    [
      "zeros after the last line of an older segment",
      { 1: line(1) + ROOM, 2: line(2) },
      { offsets: [1, 2], nextOffset: 3, tornBytes: 0 },
    ],
    ["a torn tail and zeros", { 1: line(1) + TORN + ROOM }, { offsets: [1], nextOffset: 2, tornBytes: 40 }],
    [
      "a commit of whose bytes some are zeros still",
      { 1: line(1) + "\0".repeat(30) + line(2).slice(30) + line(3, 2) + ROOM },
      { offsets: [1], nextOffset: 2, tornBytes: line(2).length + line(3, 2).length },
    ],
    [
      "lines of one commit after a torn one",
      { 1: line(1) + `${TORN}\n` + line(3, 2) + line(4, 2) },
      { offsets: [1], nextOffset: 2, tornBytes: 41 + line(3, 2).length * 2 },
    ],
    [
      "a loss that a repair has left",
      { 1: line(1) + encodeLoss({ firstOffset: 2, nextOffset: 9, file: "" }) + line(9) },
      { offsets: [1, 2, 9], nextOffset: 10, tornBytes: 0 },
    ],
  ])("of %s", (_, segments, expected) => {
    const folder = folderOf(segments);
    expect(recovered(folder)).toEqual(expected);
    expect(recovered(folder)).toEqual({ ...expected, tornBytes: 0 });
  });

  it.each([
    ["damage before a later commit", { 1: line(1) + `${TORN}\n` + line(3) }, 1, 2, line(1).length],
    ["damage at the end of an older segment", { 1: line(1) + TORN, 3: line(3) }, 1, 2, line(1).length],
    ["damage in the middle of an older segment", { 1: `x${line(1)}${line(2)}`, 3: line(3) }, 1, 1, 0],
    ["zeros before a later commit", { 1: line(1) + ROOM + line(2) + line(3) }, 1, 2, line(1).length],
    ["zeros where an older segment was cut", { 1: line(1) + ROOM, 3: line(3) }, 3, 1, 0],
    ["a missing segment", { 1: line(1), 3: line(3) }, 3, 1, 0],
    ["an older segment that was cut at a line's end", { 1: line(1), 3: "" }, 3, 1, 0],
    ["a line that does not follow", { 1: line(1) + line(3) }, 1, 2, line(1).length],
    ["a line that repeats an offset", { 1: line(1) + line(1) }, 1, 2, line(1).length],
    ["a first line that is not what the name says", { 1: line(2) }, 1, 1, 0],
  ])("refuses %s, names the place and changes nothing", (_, segments, segment, lineNumber, position) => {
    const folder = folderOf(segments);
    const before = contents(folder);
    const file = path.join(folder, segmentName(segment));
    expect(() => recoverSegments(realFileSystem, folder)).toThrow(
      new JournalCorrupt(file, lineNumber, position),
    );
    expect(contents(folder)).toEqual(before);
  });

  it("leaves no zeros behind the end that is to be written on", () => {
    const folder = folderOf({ 1: line(1) + ROOM, 2: line(2) + ROOM });
    recovered(folder);
    expect(contents(folder)).toEqual([line(1) + ROOM, line(2)]);
  });

  it("passes over files that are no segments", () => {
    const folder = folderOf({ 1: line(1) });
    for (const name of ["1.log", "0000000000000002.log.new", "notes.txt", "damaged"]) {
      fs.writeFileSync(path.join(folder, name), "x");
    }
    expect(recovered(folder)).toMatchObject({ offsets: [1], nextOffset: 2 });
  });
});

it("sorts segment names as offsets", () => {
  expect(segmentOffsets([segmentName(10), segmentName(9), segmentName(2 ** 53 - 1)])).toEqual([
    9,
    10,
    2 ** 53 - 1,
  ]);
});

describe("skipping offsets that are in use elsewhere", () => {
  it.each([
    ["beyond the last one", { 1: line(1) }, 50, 51],
    ["that the journal is past already", { 1: line(1) + line(2) }, 2, 3],
    ["where the last segment is empty", { 3: "" }, 50, 51],
  ])("%s", async (_, segments, offset, nextOffset) => {
    const folder = folderOf(segments);
    await skipOffsets(realFileSystem, folder, offset);
    expect(recovered(folder).nextOffset).toBe(nextOffset);
  });

  it("is durable when it is done", async () => {
    const disk = new FaultyDisk();
    await skipOffsets(disk, folderOf({ 1: line(1) }), 50);
    expect(disk.done).toEqual(["openAppend", "write", "sync", "close"]);
  });
});
