import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { eventJson, type StoredEvent } from "../../src/domain/events.js";
import { Deletions } from "../../src/projection/deletions.js";
import { asLatin1 } from "../../src/projection/log-line.js";
import { stored } from "../support/events.js";
import { fullDiskAfter } from "../support/files-lab.js";
import { tempFolder } from "../support/temp-folder.js";

const deleted = (sessionId: string, offset: number): StoredEvent =>
  stored({ seq: 9, sessionId, offset, type: "session_deleted", id: `é${String(offset)}` });

function fileWith(...events: StoredEvent[]): string {
  const file = path.join(tempFolder(), "deleted.jsonl");
  const deletions = new Deletions(file);
  for (const event of events) deletions.add(event);
  deletions.flush();
  return file;
}

const offsets = (deletions: Deletions, after = 0, upTo = Infinity) =>
  deletions.between(after, upTo).map(({ offset }) => offset);

describe("deletions", () => {
  it("are known by offset, as readers are shown them, also to the next process", () => {
    const event = deleted("s1", 7);
    const expected = [{ sessionId: "s1", seq: 9, offset: 7, text: asLatin1(eventJson(event)) }];
    const file = fileWith(event);
    expect(new Deletions(file).between(6, 7)).toEqual(expected);
    expect(fs.readFileSync(file, "utf8")).toBe(`${eventJson(event)}\n`);
  });

  it.each([
    [0, 100, [3, 7, 20]],
    [3, 20, [7, 20]],
    [3, 19, [7]],
    [20, 100, []],
  ])("after offset %d up to %d are %j", (after, upTo, found) => {
    const file = fileWith(deleted("s1", 3), deleted("s2", 7), deleted("s1", 20));
    expect(offsets(new Deletions(file), after, upTo)).toEqual(found);
  });

  it("are written once, however often they are told", () => {
    const file = fileWith(deleted("s1", 3), deleted("s1", 3));
    const again = new Deletions(file);
    again.add(deleted("s1", 3));
    again.flush();
    expect(offsets(new Deletions(file))).toEqual([3]);
  });

  it("lose what a crash has left half written, and go on behind what is whole", () => {
    const file = fileWith(deleted("é", 3));
    fs.appendFileSync(file, '{"type":"session_del');
    const next = new Deletions(file);
    next.add(deleted("s2", 4));
    next.flush();
    expect(offsets(new Deletions(file))).toEqual([3, 4]);
  });

  it.each([0, 1, 30])(
    "are written whole or not at all where the disk is full after %d bytes, and later",
    (bytes) => {
      const file = fileWith(deleted("s1", 3));
      const deletions = new Deletions(file);
      deletions.add(deleted("s2", 4));
      const disk = fullDiskAfter(bytes);
      expect(() => {
        deletions.flush();
      }).toThrow("ENOSPC");
      expect(offsets(deletions)).toEqual([3, 4]);
      expect(offsets(new Deletions(file))).toEqual([3]);
      disk.freed();
      deletions.add(deleted("s3", 5));
      deletions.flush();
      expect(offsets(new Deletions(file))).toEqual([3, 4, 5]);
    },
  );

  it("are told from the file and from what is not written yet alike", () => {
    const deletions = new Deletions(fileWith(deleted("é", 3), deleted("s2", 7)));
    deletions.add(deleted("漢", 9));
    const texts = deletions.between(3, 9).map(({ sessionId, text }) => [sessionId, text]);
    expect(texts).toEqual([
      ["s2", asLatin1(eventJson(deleted("s2", 7)))],
      ["漢", asLatin1(eventJson(deleted("漢", 9)))],
    ]);
  });

  it("are found by session and id, in the file and before they are written", () => {
    const file = fileWith(deleted("s1", 3), deleted("s2", 7));
    const deletions = new Deletions(file);
    deletions.add(deleted("s1", 9));
    for (const event of [deleted("s1", 3), deleted("s2", 7), deleted("s1", 9)])
      expect(deletions.find(event.sessionId, event.id)).toMatchObject({ offset: event.offset, seq: 9 });
    expect(deletions.find("s2", "é3")).toBeUndefined();
    deletions.flush();
    expect(new Deletions(file).find("s1", "é9")).toMatchObject({ offset: 9 });
  });

  it("are none where there is no file, and make none", () => {
    const file = path.join(tempFolder(), "deleted.jsonl");
    expect(offsets(new Deletions(file))).toEqual([]);
    expect(fs.existsSync(file)).toBe(false);
  });
});
