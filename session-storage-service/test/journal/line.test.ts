import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVENT_TYPES } from "session-protocol";
import type { StoredEvent } from "../../src/domain/events.js";
import { decodeLine, encodeEntry, encodeLoss } from "../../src/journal/line.js";
import { batchOf, NOON, stored } from "../support/events.js";
import { eventIdText, objectText, parsed } from "../support/json-text.js";

const bytes = (line: string) => Buffer.from(line);

const anyBatch = fc
  .record({
    events: fc.array(
      fc.record({
        type: fc.constantFrom(...EVENT_TYPES),
        id: eventIdText,
        raw: objectText,
        timestamp: fc.constantFrom(NOON, "2025-12-31T23:59:59.999Z"),
      }),
      { maxLength: 5 },
    ),
    firstSeq: fc.integer({ min: 1, max: 2 ** 40 }),
    firstOffset: fc.integer({ min: 1, max: 2 ** 52 }),
    producer: fc.option(
      fc.record({
        id: fc.constant("p-1"),
        recorded: fc.nat(),
        dropped: fc.nat(),
        stored: fc.nat(),
        duplicates: fc.nat(),
      }),
      { nil: undefined },
    ),
  })
  .map(({ events, firstSeq, firstOffset, producer }) => {
    const numbered = events.map((event, index): StoredEvent => ({
      ...event,
      sessionId: "s1",
      seq: firstSeq + index,
      offset: firstOffset + index,
      data: parsed(event.raw),
    }));
    return { firstOffset, batch: batchOf(numbered, { sessionId: "s1", firstSeq, producer }) };
  });

describe("a batch", () => {
  it("comes back from its line as it was, each data's text byte for byte", () => {
    fc.assert(
      fc.property(anyBatch, ({ firstOffset, batch }) => {
        const line = encodeEntry(batch, firstOffset, firstOffset);
        expect(decodeLine(bytes(line))).toEqual({ kind: "batch", firstOffset, group: firstOffset, batch });
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes one line", () => {
    fc.assert(
      fc.property(anyBatch, ({ firstOffset, batch }) => {
        const line = encodeEntry(batch, firstOffset, firstOffset);
        expect(line.indexOf("\n")).toBe(line.length - 1);
      }),
    );
  });

  it("is written as the format says", () => {
    const json =
      '{"offset":5,"group":4,"sessionId":"s1","seq":7,"timestamp":"2026-01-01T12:00:00.000Z",' +
      '"producer":{"id":"p1","recorded":3,"dropped":1,"stored":2,"duplicates":0},' +
      '"events":[{"type":"action","id":"e7","data":{ "type" : "x" }},' +
      '{"type":"goal_added","id":"\\"","timestamp":"2025-01-01T00:00:00.000Z","data":{}}]}';
    const events = [
      stored({ seq: 7, raw: '{ "type" : "x" }', data: { type: "x" } }),
      stored({ seq: 8, type: "goal_added", id: '"', timestamp: "2025-01-01T00:00:00.000Z" }),
    ];
    const producer = { id: "p1", recorded: 3, dropped: 1, stored: 2, duplicates: 0 };
    expect(encodeEntry(batchOf(events, { producer }), 5, 4)).toBe(
      `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`,
    );
  });

  it("may hold no event", () => {
    const batch = batchOf([], {
      firstSeq: 3,
      producer: { id: "p1", recorded: 1, dropped: 1, stored: 0, duplicates: 0 },
    });
    expect(decodeLine(bytes(encodeEntry(batch, 9, 9)))).toMatchObject({ firstOffset: 9, batch });
  });
});

it("brings a loss record back", () => {
  const loss = { firstOffset: 3, nextOffset: 9, file: "damaged/x" };
  expect(decodeLine(bytes(encodeLoss(loss)))).toEqual({ kind: "loss", ...loss });
});

describe("a damaged line", () => {
  const line = bytes(encodeEntry(batchOf([stored({ seq: 1 }), stored({ seq: 2 })]), 1, 1));

  it("is recognised whichever bit is flipped", () => {
    for (let bit = 0; bit < line.length * 8; bit += 1) {
      const damaged = Buffer.from(line);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeLine(damaged), `bit ${String(bit)}`).toBeUndefined();
    }
  });

  it("is recognised wherever it is cut off", () => {
    for (let length = 0; length < line.length; length += 1) {
      expect(decodeLine(line.subarray(0, length)), `${String(length)} bytes`).toBeUndefined();
    }
  });

  it.each([
    ["nothing", ""],
    ["a newline", "\n"],
    ["no checksum", '{"offset":1}\n'],
    ["another separator", `${crc32("{}").toString(16).padStart(8, "0")}\t{}\n`],
    ["zeros, as a file system leaves them", "\0".repeat(64)],
  ])("is recognised in %s", (_, text) => {
    expect(decodeLine(bytes(text))).toBeUndefined();
  });
});
