import fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventJson, type StoredEvent } from "../../src/domain/events.js";
import { GlobalReader } from "../../src/projection/global-reader.js";
import { asLatin1 } from "../../src/projection/log-line.js";
import { FilesLab } from "../support/files-lab.js";

/** A reader of a lab's files. The index names every session, and counts how often it was asked. */
function globalReader(lab: FilesLab, head: () => number) {
  const asked: [number, number][] = [];
  const reader = new GlobalReader({
    index: {
      sessionsBetween: (after, upTo) => {
        asked.push([after, upTo]);
        return Promise.resolve(fs.readdirSync(lab.layout.sessions));
      },
    },
    head,
    snapshots: (sessionId) => lab.files.snapshots(sessionId),
    deletions: (after, upTo) => Promise.resolve(lab.deletions.between(after, upTo)),
  });
  return { reader, asked };
}

async function read(reader: GlobalReader, after: number) {
  const found = [];
  for await (const piece of reader.events(after)) found.push(...piece);
  return found;
}

describe("events of all sessions", () => {
  it("are given in order of offset, from any offset, as they were shown live", async () => {
    const lab = new FilesLab();
    const all: StoredEvent[] = [];
    for (let round = 0; round < 40; round += 1) {
      const sessionId = `s${String(round % 7)}`;
      all.push(
        ...(round < 7
          ? lab.begin(sessionId)
          : lab.record(sessionId, ["action", { type: "é" }], "status_changed")),
      );
    }
    lab.files.flush();
    const { reader } = globalReader(lab, () => all.length);
    await fc.assert(
      fc.asyncProperty(fc.nat(all.length), async (after) => {
        const found = await read(reader, after);
        expect(found.map(({ text }) => text)).toEqual(
          all.slice(after).map((event) => asLatin1(eventJson(event))),
        );
        expect(found.map(({ sessionId, seq }) => [sessionId, seq])).toEqual(
          all.slice(after).map(({ sessionId, seq }) => [sessionId, seq]),
        );
      }),
      { numRuns: 20 },
    );
  });

  it("end with what was durable when they were asked for", async () => {
    const lab = new FilesLab();
    lab.begin();
    lab.files.flush();
    expect((await read(globalReader(lab, () => 2).reader, 0)).map(({ offset }) => offset)).toEqual([1, 2]);
  });

  it("of a deleted session are its deletion, and those of one made anew", async () => {
    const lab = new FilesLab();
    lab.begin("s1");
    lab.begin("s2");
    lab.record("s1", "session_deleted");
    await lab.files.remove("s1");
    lab.begin("s1");
    lab.files.flush();
    const found = await read(globalReader(lab, () => 10).reader, 0);
    expect(found.map(({ sessionId, seq, offset }) => [sessionId, seq, offset])).toEqual([
      ["s2", 1, 4],
      ["s2", 2, 5],
      ["s2", 3, 6],
      ["s1", 4, 7],
      ["s1", 1, 8],
      ["s1", 2, 9],
      ["s1", 3, 10],
    ]);
  });

  it("pass over offsets that no event has", async () => {
    const lab = new FilesLab();
    lab.begin();
    lab.files.flush();
    const { reader, asked } = globalReader(lab, () => 1_000_000);
    expect(await read(reader, 0)).toHaveLength(3);
    expect(asked.length).toBeLessThan(100);
  });

  it("are read in smaller steps where they are large", async () => {
    const lab = new FilesLab();
    lab.begin();
    const large = Array.from(
      { length: 300 },
      () => ["action", { type: "x", pad: "x".repeat(100_000) }] as const,
    );
    lab.record("s1", ...large);
    lab.files.flush();
    const { reader } = globalReader(lab, () => 303);
    const sizes: number[] = [];
    let offset = 0;
    for await (const piece of reader.events(0)) {
      sizes.push(piece.reduce((sum, { text }) => sum + text.length, 0));
      for (const event of piece) expect(event.offset).toBe((offset += 1));
    }
    expect(offset).toBe(303);
    expect(Math.max(...sizes)).toBeLessThan(10_000_000);
  });

  it("leave out a line that is damaged", async () => {
    const lab = new FilesLab();
    lab.begin();
    lab.files.flush();
    const file = lab.layout.log("s1", "actions");
    fs.writeFileSync(file, lab.log("actions").replace('"id"', '"ix"'));
    expect((await read(globalReader(lab, () => 3).reader, 0)).map(({ offset }) => offset)).toEqual([1, 3]);
  });
});
