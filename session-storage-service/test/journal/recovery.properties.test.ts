import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { JournalCorrupt } from "../../src/journal/errors.js";
import { encodeEntry } from "../../src/journal/line.js";
import { recoverSegments, records } from "../../src/journal/open.js";
import { segmentName, writtenLength } from "../../src/journal/segment.js";
import { batchOf, stored } from "../support/events.js";
import { objectText, parsed } from "../support/json-text.js";
import { MemoryDisk } from "../support/memory-disk.js";

const FOLDER = "journal";
const FILE = `${FOLDER}/${segmentName(1)}`;

/** A line as the journal wrote it; `start` and `end` are bytes from the segment's start. */
interface Line {
  readonly start: number;
  readonly end: number;
  readonly commit: number;
  readonly firstOffset: number;
  readonly nextOffset: number;
}

interface Segment {
  readonly bytes: Buffer;
  readonly lines: readonly Line[];
}

/** Commits of batches of events, given by the text of their data. */
const commits = fc.array(fc.array(fc.array(objectText, { maxLength: 2 }), { minLength: 1, maxLength: 3 }), {
  minLength: 2,
  maxLength: 4,
});

const segment: fc.Arbitrary<Segment> = commits.map((all) => {
  const lines: Line[] = [];
  const texts: Buffer[] = [];
  let start = 0;
  let firstOffset = 1;
  for (const [commit, batches] of all.entries()) {
    const group = firstOffset;
    for (const raws of batches) {
      const events = raws.map((raw, index) => stored({ seq: index + 1, raw, data: parsed(raw) }));
      const text = Buffer.from(encodeEntry(batchOf(events), firstOffset, group));
      const nextOffset = firstOffset + Math.max(1, events.length);
      lines.push({ start, end: start + text.length, commit, firstOffset, nextOffset });
      texts.push(text);
      start += text.length;
      firstOffset = nextOffset;
    }
  }
  return { bytes: Buffer.concat(texts), lines };
});

interface Recovered {
  /** First offset of each batch. */
  readonly offsets: readonly number[];
  readonly nextOffset: number;
  readonly tornBytes: number;
  readonly kept: Buffer;
}

function recover(bytes: Buffer): Recovered | JournalCorrupt {
  const disk = new MemoryDisk(new Map([[FILE, bytes]]));
  try {
    const { segments, nextOffset, tornBytes } = recoverSegments(disk, FOLDER);
    const offsets = [...records(disk, segments)].map(({ firstOffset }) => firstOffset);
    return { offsets, nextOffset, tornBytes, kept: disk.read(FILE) };
  } catch (error) {
    if (error instanceof JournalCorrupt) return error;
    throw error;
  }
}

/** What recovery comes to where only the first `count` lines are left of `size` bytes. */
function only({ bytes, lines }: Segment, count: number, size: number): Recovered {
  const end = lines[count - 1]?.end ?? 0;
  return {
    offsets: lines.slice(0, count).map(({ firstOffset }) => firstOffset),
    nextOffset: lines[count - 1]?.nextOffset ?? 1,
    tornBytes: size - end,
    kept: bytes.subarray(0, end),
  };
}

/** As text that is cheap to compare and says what differs. */
function summary(recovered: Recovered | JournalCorrupt): string {
  if (recovered instanceof JournalCorrupt) return recovered.message;
  const { kept, ...rest } = recovered;
  return JSON.stringify({ ...rest, kept: crc32(kept), bytes: kept.length });
}

it.each([
  ["nothing", ""],
  ["room", "\0".repeat(9)],
])("recovers from any prefix of a journal and %s exactly the batches that are whole", (_, room) => {
  fc.assert(
    fc.property(segment, (written) => {
      for (let size = 0; size <= written.bytes.length; size += 1) {
        const whole = written.lines.filter(({ end }) => end <= size).length;
        const found = Buffer.concat([written.bytes.subarray(0, size), Buffer.from(room)]);
        const recovered = summary(recover(found));
        if (recovered !== summary(only(written, whole, size)))
          expect.fail(`${String(size)} bytes: ${recovered}`);
      }
    }),
    { numRuns: 10 },
  );
});

it("cuts a damaged byte in the last commit as torn, and reports one before it as corruption at its line", () => {
  fc.assert(
    fc.property(segment, fc.integer({ min: 1, max: 255 }), (written, flip) => {
      const { bytes, lines } = written;
      for (let at = 0; at < bytes.length; at += 1) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const index = lines.findIndex(({ end }) => at < end);
        const { commit, start } = lines[index] as Line;
        const isLast = commit === lines.at(-1)?.commit;
        const expected = isLast
          ? only(written, index, writtenLength(damaged))
          : new JournalCorrupt(FILE, index + 1, start);
        const recovered = summary(recover(damaged));
        if (recovered !== summary(expected)) expect.fail(`byte ${String(at)}: ${recovered}`);
      }
    }),
    { numRuns: 10 },
  );
});

it("cuts the last commit back to what of it is whole, whichever of its bytes have not reached the disk", () => {
  fc.assert(
    fc.property(segment, fc.array(fc.tuple(fc.nat(), fc.nat(60)), { minLength: 1 }), (written, holes) => {
      const { bytes, lines } = written;
      const from = lines.find(({ commit }) => commit === lines.at(-1)?.commit)?.start ?? 0;
      const damaged = Buffer.from(bytes);
      for (const [place, length] of holes) {
        const start = from + (place % (bytes.length - from));
        damaged.fill(0, start, Math.min(bytes.length, start + length + 1));
      }
      const whole = lines.findIndex(
        ({ start, end }) => !damaged.subarray(start, end).equals(bytes.subarray(start, end)),
      );
      expect(summary(recover(damaged))).toBe(summary(only(written, whole, writtenLength(damaged))));
    }),
  );
});
