import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { StorageFull, StorageUnavailable } from "../../src/domain/errors.js";
import { realFileSystem } from "../../src/journal/file-system.js";
import { batchOf } from "../support/events.js";
import { FaultyDisk } from "../support/faulty-disk.js";
import { append, eventsOf, openJournal } from "../support/journals.js";
import { tempFolder } from "../support/temp-folder.js";

const FIRST = "0000000000000001.log";
const contentOf = (folder: string, segment = FIRST) => fs.readFileSync(path.join(folder, segment), "utf8");

describe("after a failed sync", () => {
  async function poisoned() {
    const disk = new FaultyDisk();
    const folder = tempFolder();
    const told: string[] = [];
    const journal = await openJournal({
      folder,
      fileSystem: disk,
      onPoisoned: ({ message }) => told.push(message),
    });
    await append(journal, batchOf(1));
    disk.fail("sync", "EIO");
    await expect(append(journal, batchOf(2))).rejects.toThrow(StorageUnavailable);
    return { disk, folder, told, journal };
  }

  it("accepts no write, and never touches the disk again", async () => {
    const { disk, journal } = await poisoned();
    const before = disk.done.length;
    await expect(append(journal, batchOf(2))).rejects.toThrow(StorageUnavailable);
    await expect(append(journal, batchOf(2))).rejects.toThrow(StorageUnavailable);
    expect(disk.done.length).toBe(before);
    expect([journal.isPoisoned, journal.isHealthy, journal.head]).toEqual([true, false, 1]);
  });

  it("says so once", async () => {
    const { told, journal } = await poisoned();
    await expect(append(journal, batchOf(2))).rejects.toThrow(StorageUnavailable);
    expect(told).toEqual(["EIO: sync"]);
  });

  it("fails what was queued behind the sync as well", async () => {
    const disk = new FaultyDisk();
    const journal = await openJournal({ folder: tempFolder(), fileSystem: disk });
    disk.fail("sync", "EIO");
    const release = disk.holdSyncs();
    const first = append(journal, batchOf(1));
    await expect.poll(() => disk.count("write")).toBe(1);
    const second = append(journal, batchOf(2));
    release();
    await expect(first).rejects.toThrow(StorageUnavailable);
    await expect(second).rejects.toThrow(StorageUnavailable);
    expect(disk.count("write")).toBe(1);
    await journal.drain();
  });

  it("works again when it is opened anew, with what is on disk", async () => {
    const { folder } = await poisoned();
    const reopened = await openJournal({ folder, fileSystem: realFileSystem });
    expect(eventsOf(reopened)[0]).toMatchObject({ seq: 1, offset: 1 });
    expect(await append(reopened, batchOf(3))).toBe(reopened.head);
  });
});

describe.each(["ENOSPC", "EDQUOT"])("after a write that fails for %s", (code) => {
  it.each([
    ["at once", 0],
    ["in the middle of a line", 20],
    ["between two lines", -1],
  ])("%s, nothing of it stays and its offsets are used again", async (_, bytes) => {
    const disk = new FaultyDisk();
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: disk });
    await append(journal, batchOf(1));
    const before = contentOf(folder);
    const partialBytes = bytes < 0 ? before.length : bytes;
    disk.fail("write", code, { partialBytes });
    const group = [append(journal, batchOf(2)), append(journal, batchOf(3))];
    for (const one of group) await expect(one).rejects.toThrow(StorageFull);
    expect(contentOf(folder)).toBe(before);
    expect(journal.head).toBe(1);
    expect(await append(journal, batchOf(2))).toBe(2);
    const reopened = await openJournal({ folder, fileSystem: realFileSystem });
    expect([...reopened.records()]).toMatchObject([
      { firstOffset: 1, group: 1 },
      { firstOffset: 2, group: 2 },
    ]);
  });
});

describe("a full disk", () => {
  it("makes the journal unhealthy until there is room again", async () => {
    const disk = new FaultyDisk();
    const journal = await openJournal({ folder: tempFolder(), fileSystem: disk });
    disk.free = 0;
    expect(journal.isHealthy).toBe(true);
    disk.fail("write", "ENOSPC");
    await expect(append(journal, batchOf(1))).rejects.toThrow(StorageFull);
    expect([journal.isFull, journal.isHealthy, journal.isPoisoned]).toEqual([true, false, false]);
    disk.free = 2 ** 30;
    expect([journal.isFull, journal.isHealthy]).toEqual([false, true]);
  });

  it("is forgotten with the next write that succeeds", async () => {
    const disk = new FaultyDisk();
    const journal = await openJournal({ folder: tempFolder(), fileSystem: disk });
    disk.free = 0;
    disk.fail("write", "ENOSPC");
    await expect(append(journal, batchOf(1))).rejects.toThrow(StorageFull);
    await append(journal, batchOf(1));
    expect(journal.isFull).toBe(false);
  });

  it("does not stop the journal when there is no room for a new segment", async () => {
    const disk = new FaultyDisk();
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: disk, segmentBytes: 10 });
    await append(journal, batchOf(1));
    disk.fail("openAppend", "ENOSPC");
    await expect(append(journal, batchOf(2))).rejects.toThrow(StorageFull);
    expect(await append(journal, batchOf(2))).toBe(2);
    const reopened = await openJournal({ folder, fileSystem: realFileSystem });
    expect([eventsOf(reopened).length, reopened.segmentCount]).toEqual([2, 2]);
  });

  it("leaves an empty segment behind that is used by the next write", async () => {
    const disk = new FaultyDisk();
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: disk, segmentBytes: 10 });
    await append(journal, batchOf(1));
    disk.fail("write", "ENOSPC", { partialBytes: 7 });
    await expect(append(journal, batchOf(2))).rejects.toThrow(StorageFull);
    expect(contentOf(folder, "0000000000000002.log")).toBe("");
    expect(await append(journal, batchOf(2))).toBe(2);
    expect(contentOf(folder, "0000000000000002.log")).toMatch(/^[0-9a-f]{8} \{"offset":2,/);
  });
});

describe("a write that cannot be taken back", () => {
  it.each([
    ["because cutting it back fails", (disk: FaultyDisk) => disk.fail("truncate", "EIO")],
    ["because the disk itself fails", (disk: FaultyDisk) => disk.fail("write", "EIO")],
  ])("poisons the journal, %s", async (_, breakDisk) => {
    const disk = new FaultyDisk();
    const folder = tempFolder();
    const journal = await openJournal({ folder, fileSystem: disk });
    await append(journal, batchOf(1));
    breakDisk(disk);
    disk.fail("write", "ENOSPC", { partialBytes: 20 });
    await expect(append(journal, batchOf(2))).rejects.toThrow(StorageUnavailable);
    await expect(append(journal, batchOf(2))).rejects.toThrow(StorageUnavailable);
    expect(journal.isPoisoned).toBe(true);
    const reopened = await openJournal({ folder, fileSystem: realFileSystem });
    expect(eventsOf(reopened).map(({ seq }) => seq)).toEqual([1]);
    expect(await append(reopened, batchOf(2))).toBe(2);
  });
});
