import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Overloaded, StorageUnavailable } from "../../src/domain/errors.js";
import { realFileSystem, type AppendFile, type FileSystem } from "../../src/journal/file-system.js";
import { FileJournal } from "../../src/journal/journal.js";
import { batchOf, stored } from "../support/events.js";
import { FaultyDisk } from "../support/faulty-disk.js";
import { append, batchesOf, eventsOf, openJournal } from "../support/journals.js";
import { tempFolder } from "../support/temp-folder.js";

const segments = (folder: string) => fs.readdirSync(folder).sort();

describe("a new journal", () => {
  it("holds nothing and begins at offset 1", async () => {
    const folder = path.join(tempFolder(), "journal");
    const journal = await openJournal({ folder, fileSystem: realFileSystem });
    expect([journal.head, journal.firstOffset, journal.segmentCount]).toEqual([0, 1, 1]);
    expect(await append(journal, batchOf(1))).toBe(1);
  });

  it("begins where others say that offsets are in use", async () => {
    const journal = await openJournal({ folder: tempFolder(), fileSystem: realFileSystem, startOffset: 500 });
    expect(journal.head).toBe(499);
    expect(await append(journal, batchOf(1))).toBe(500);
  });

  it("is synced before it is used", async () => {
    const disk = new FaultyDisk();
    disk.fail("sync", "EIO");
    await expect(
      FileJournal.open({
        folder: tempFolder(),
        fileSystem: disk,
        segmentBytes: 1_000,
        maxQueuedBytes: 1_000,
      }),
    ).rejects.toThrow("EIO");
  });
});

describe("an append", () => {
  it("is answered with its offset once it is on disk", async () => {
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: realFileSystem });
    await append(journal, batchOf([stored({ seq: 1 }), stored({ seq: 2 })]));
    expect(await append(journal, batchOf(3))).toBe(3);
    expect(journal.head).toBe(3);
    const [file] = segments(folder);
    // On a disk that is quick there is room behind it.
    expect(fs.readFileSync(path.join(folder, file as string), "utf8")).toMatch(
      /^[0-9a-f]{8} \{"offset":1,.*\n[0-9a-f]{8} \{"offset":3,.*\n\0*$/,
    );
  });

  it("is never answered during the call", async () => {
    const journal = await openJournal({ folder: tempFolder(), fileSystem: realFileSystem });
    let answered = false;
    const done = append(journal, batchOf(1)).then(() => (answered = true));
    expect(answered).toBe(false);
    await done;
  });

  it("takes one offset where it has no event, so that no two commits begin with the same", async () => {
    const journal = await openJournal({ folder: tempFolder(), fileSystem: realFileSystem });
    const producer = { id: "p1", recorded: 1, dropped: 1, stored: 0, duplicates: 0 };
    expect(await append(journal, batchOf([], { producer }))).toBe(1);
    expect(await append(journal, batchOf(1))).toBe(2);
  });
});

/** The real disk, and for each sync whether it was said that nobody else waits. */
function watchedDisk(): { disk: FileSystem; alone: boolean[] } {
  const alone: boolean[] = [];
  const openAppend = (file: string): AppendFile => {
    const real = realFileSystem.openAppend(file);
    return {
      write: (bytes) => real.write(bytes),
      sync: (done, isAlone = false) => {
        alone.push(isAlone);
        real.sync(done, isAlone);
      },
      truncate: (size) => real.truncate(size),
      close: () => real.close(),
    };
  };
  return { disk: { ...realFileSystem, openAppend }, alone };
}

describe("group commit", () => {
  it("tells the disk of a writer that is alone, once it was alone before", async () => {
    const { disk, alone } = watchedDisk();
    const journal = await openJournal({ folder: tempFolder(), fileSystem: disk });
    alone.length = 0;
    const big = stored({ seq: 7, data: { type: "t", text: "x".repeat(70_000) } });
    for (const batches of [[1], [2], [3, 4], [5], [6], [big], [8]]) {
      await Promise.all(
        batches.map((batch) => append(journal, batchOf(typeof batch === "number" ? batch : [batch]))),
      );
    }
    expect(alone).toEqual([false, true, false, false, true, false, true]);
    expect(journal.head).toBe(8);
  });

  it("gives what one turn of the event loop brings one write and one sync", async () => {
    const disk = new FaultyDisk();
    const journal = await openJournal({ folder: tempFolder(), fileSystem: disk });
    const syncsAtOpen = disk.count("sync");
    const offsets = await Promise.all(
      Array.from({ length: 50 }, (_, index) => append(journal, batchOf(index + 1))),
    );
    expect(offsets).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect([disk.count("write"), disk.count("sync") - syncsAtOpen]).toEqual([1, 1]);
  });

  it("does not keep much waiting for what the turn still brings, which is one commit after it", async () => {
    const disk = new FaultyDisk();
    const commits: number[] = [];
    const journal = await openJournal({
      folder: tempFolder(),
      fileSystem: disk,
      onCommit: (batches) => commits.push(batches),
    });
    const big = stored({ seq: 2, data: { type: "t", text: "x".repeat(70_000) } });
    const first = [append(journal, batchOf(1)), append(journal, batchOf([big]))];
    await Promise.resolve();
    expect(disk.count("write")).toBe(1);
    const rest = [3, 4, 5].map((seq) => append(journal, batchOf(seq)));
    expect(await Promise.all([...first, ...rest])).toEqual([1, 2, 3, 4, 5]);
    expect(commits).toEqual([2, 3]);
  });

  it("gives what arrives while a sync is in flight the next one, whatever sessions it is from", async () => {
    const disk = new FaultyDisk();
    const commits: number[] = [];
    const journal = await openJournal({
      folder: tempFolder(),
      fileSystem: disk,
      onCommit: (batches) => commits.push(batches),
    });
    const release = disk.holdSyncs();
    const first = append(journal, batchOf(1));
    await expect.poll(() => disk.count("write")).toBe(1);
    const later = ["s2", "s3", "s4"].map((sessionId) =>
      append(journal, batchOf([stored({ seq: 1, sessionId })])),
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(disk.count("write")).toBe(1);
    release();
    await Promise.all([first, ...later]);
    expect(disk.count("write")).toBe(2);
    expect(commits).toEqual([1, 3]);
  });

  it("answers in the order of the appends, when head has moved past all of them", async () => {
    const journal = await openJournal({ folder: tempFolder(), fileSystem: realFileSystem });
    const told: [number, number][] = [];
    await Promise.all(
      [1, 2, 3].map(async (seq) => told.push([await append(journal, batchOf(seq)), journal.head])),
    );
    expect(told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it("names in each line the commit it belongs to", async () => {
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: realFileSystem });
    await Promise.all([append(journal, batchOf(1)), append(journal, batchOf(2))]);
    await append(journal, batchOf(3));
    const reopened = await openJournal({ folder, fileSystem: realFileSystem });
    expect([...reopened.records()]).toMatchObject([
      { firstOffset: 1, group: 1 },
      { firstOffset: 2, group: 1 },
      { firstOffset: 3, group: 3 },
    ]);
  });

  it("refuses more than may wait for the disk, and takes it again afterwards", async () => {
    const disk = new FaultyDisk();
    const journal = await openJournal({ folder: tempFolder(), fileSystem: disk, maxQueuedBytes: 1_000 });
    const release = disk.holdSyncs();
    const big = batchOf([stored({ seq: 1, raw: JSON.stringify({ type: "x".repeat(1_200) }) })]);
    const waiting = [append(journal, big)];
    expect(() => journal.append(big, { stored: () => undefined, failed: () => undefined })).toThrow(
      Overloaded,
    );
    await expect.poll(() => disk.count("write")).toBe(1);
    waiting.push(append(journal, big));
    release();
    expect(await Promise.all(waiting)).toEqual([1, 2]);
  });

  it("was let in beyond what may wait because its characters were counted, not its bytes", async () => {
    const disk = new FaultyDisk();
    const journal = await openJournal({ folder: tempFolder(), fileSystem: disk, maxQueuedBytes: 2_000 });
    const text = batchOf([stored({ seq: 1, raw: JSON.stringify({ type: "é".repeat(1_000) }) })]);
    const waiting = append(journal, text);
    await expect(append(journal, text)).rejects.toThrow(Overloaded);
    await waiting;
  });
});

describe("segments", () => {
  it("are followed by a new one once they are full, named after its first offset", async () => {
    const folder = tempFolder();
    const closed: number[] = [];
    const journal = await openJournal({
      folder,
      fileSystem: realFileSystem,
      segmentBytes: 400,
      onSegmentClosed: (lastOffset) => closed.push(lastOffset),
    });
    for (let seq = 1; seq <= 8; seq += 1) await append(journal, batchOf(seq));
    expect(segments(folder)).toEqual([
      "0000000000000001.log",
      "0000000000000004.log",
      "0000000000000007.log",
    ]);
    expect(closed).toEqual([3, 6]);
    expect(journal.segmentCount).toBe(3);
  });

  it("are removed once all before an offset is safe elsewhere, but never the open one", async () => {
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: realFileSystem, segmentBytes: 400 });
    for (let seq = 1; seq <= 8; seq += 1) await append(journal, batchOf(seq));
    journal.retire(2);
    expect([journal.firstOffset, segments(folder).length]).toEqual([1, 3]);
    journal.retire(3);
    expect([journal.firstOffset, segments(folder).length]).toEqual([4, 2]);
    journal.retire(100);
    expect([journal.firstOffset, segments(folder).length]).toEqual([7, 1]);
    expect(await append(journal, batchOf(9))).toBe(9);
  });

  it("can be begun by hand, but not twice without anything between", async () => {
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: realFileSystem });
    await append(journal, batchOf(1));
    journal.startSegment();
    journal.startSegment();
    journal.retire(1);
    expect(segments(folder)).toEqual(["0000000000000002.log"]);
    expect(await append(journal, batchOf(2))).toBe(2);
  });
});

describe("reopened, a journal", () => {
  it("holds what was acknowledged, in order, and goes on with the next offset", async () => {
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: realFileSystem, segmentBytes: 300 });
    const producer = { id: "p1", recorded: 1, dropped: 0, stored: 1, duplicates: 0 };
    for (let seq = 1; seq <= 6; seq += 1)
      await append(journal, batchOf([stored({ seq, offset: seq })], { producer }));
    const before = journal.segmentCount;
    await journal.close();
    const reopened = await openJournal({ folder, fileSystem: realFileSystem, segmentBytes: 300 });
    expect(eventsOf(reopened).map(({ seq, offset }) => [seq, offset])).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => [n, n]),
    );
    expect(batchesOf(reopened)[0]?.producer).toEqual(producer);
    expect([reopened.head, reopened.segmentCount, reopened.tornBytes]).toEqual([6, before, 0]);
    expect(await append(reopened, batchOf(7))).toBe(7);
  });

  it("goes on in the offsets of segments that are gone", async () => {
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: realFileSystem });
    await append(journal, batchOf(1));
    journal.startSegment();
    journal.retire(1);
    await journal.close();
    const reopened = await openJournal({ folder, fileSystem: realFileSystem });
    expect([reopened.head, eventsOf(reopened)]).toEqual([1, []]);
    expect(await append(reopened, batchOf(2))).toBe(2);
  });
});

describe("close", () => {
  it("waits for what was accepted, and accepts nothing after", async () => {
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: realFileSystem });
    const pending = [append(journal, batchOf(1)), append(journal, batchOf(2))];
    await journal.close();
    expect(await Promise.all(pending)).toEqual([1, 2]);
    await expect(append(journal, batchOf(3))).rejects.toThrow(StorageUnavailable);
  });

  it("lets everyone go who waits for the journal to drain", async () => {
    const journal = await openJournal({ folder: tempFolder(), fileSystem: realFileSystem });
    void append(journal, batchOf(1));
    await Promise.all([journal.drain(), journal.drain(), journal.close()]);
    expect(journal.head).toBe(1);
  });
});
