import { describe, expect, it } from "vitest";
import { decodeLine, encodeEntry, entryJson } from "../../src/journal/line.js";
import { LineEncoder } from "../../src/journal/line-encoder.js";
import { stored } from "../support/events.js";

const batchOf = (text: string, seq = 1) => {
  const data = { type: "note", text };
  const event = stored({ seq, data, raw: JSON.stringify(data) });
  return { sessionId: event.sessionId, firstSeq: seq, timestamp: event.timestamp, events: [event] };
};

describe("the lines of a commit as bytes", () => {
  it.each([
    ["one line", ["a"]],
    ["several", ["a", "", "b".repeat(1_000)]],
    ["text of two, three and four bytes a character", ["é", "漢", "🪂", "\u2028"]],
    ["more than the encoder's own room", ["x".repeat(400_000), "é".repeat(400_000)]],
  ])("are those of each line on its own: %s", (_, texts) => {
    const batches = texts.map((text, index) => batchOf(text, index + 1));
    const bytes = new LineEncoder().encode(batches.map((batch) => entryJson(batch, batch.firstSeq, 1)));
    const expected = batches.map((batch) => encodeEntry(batch, batch.firstSeq, 1)).join("");
    expect(bytes.equals(Buffer.from(expected))).toBe(true);
  });

  it("are whole again for the next commit, though the room is used again", () => {
    const encoder = new LineEncoder();
    encoder.encode([entryJson(batchOf("long ".repeat(100)), 1, 1)]);
    const line = encoder.encode([entryJson(batchOf("short"), 2, 2)]);
    expect(decodeLine(line)).toMatchObject({
      firstOffset: 2,
      batch: { events: [{ data: { text: "short" } }] },
    });
  });
});
