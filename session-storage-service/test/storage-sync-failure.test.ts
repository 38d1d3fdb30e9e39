import fs from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { Layout } from "../src/projection/layout.js";
import type { Storage } from "../src/storage.js";
import { action } from "./support/commands.js";
import { eventsIn, openStorage } from "./support/storages.js";
import { tempFolder } from "./support/temp-folder.js";

const SMALL = { SEGMENT_BYTES: "4096" };
const CREATE = { data: { userId: "u", initial: {} } };
const KEY = { projectKey: "p", sessionId: "t", subpath: undefined };

/** Syncs of files fail until the function this returns is called. */
async function failSyncs(): Promise<() => void> {
  const probe = await open(".", "r");
  const prototype = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const error = Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO", syscall: "fsync" });
  const spy = vi.spyOn(prototype, "sync").mockRejectedValue(error);
  onTestFinished(() => spy.mockRestore());
  return () => spy.mockRestore();
}

/** Writes until the journal has a new segment, and so a checkpoint is begun. */
async function fillSegment(storage: Storage, sessionId: string): Promise<void> {
  for (let n = 0; n < 20; n += 1) {
    const commands = [action(`${sessionId}-${String(n)}`, { type: "t", text: "x".repeat(300) })];
    await storage.sessions.submit(sessionId, { commands, create: CREATE });
  }
}

const segments = (dataDir: string): string[] =>
  fs.readdirSync(path.join(dataDir, "journal")).filter((name) => name.endsWith(".log"));

it("writes anew after a failed sync what is only read to be there, before the journal lets go of it", async () => {
  const dataDir = tempFolder();
  const layout = new Layout(dataDir);
  const first = await openStorage(dataDir, SMALL);
  await fillSegment(first, "gone");
  await first.sessions.delete("gone");
  const mendDisk = await failSyncs();
  await first.transcripts.append(KEY, { entries: [{ uuid: "u1", raw: '{"uuid":"u1"}' }] });
  await fillSegment(first, "s");
  await expect.poll(() => fs.existsSync(layout.syncFailure)).toBe(true);
  mendDisk();
  await first.close();
  expect(segments(dataDir).length, "nothing is retired by the process whose sync failed").toBeGreaterThan(1);

  const files = [layout.log("s", "actions"), layout.log("s", "events"), layout.deletions];
  for (const file of files) fs.utimesSync(file, 0, 0);
  const before = files.map((file) => fs.readFileSync(file, "utf8"));
  const inodes = files.map((file) => fs.statSync(file).ino);
  const writes = vi.spyOn(fs, "writeSync");
  const second = await openStorage(dataDir, SMALL);
  // The time of a transcript's file is when it was stored to, whenever it was written.
  expect(writes.mock.calls.map(([, bytes]) => Buffer.from(bytes).toString())).toContain('{"uuid":"u1"}\n');
  writes.mockRestore();
  expect(files.map((file) => fs.readFileSync(file, "utf8"))).toEqual(before);
  for (const [index, file] of files.entries()) {
    const { mtimeMs, ino } = fs.statSync(file);
    expect([file, mtimeMs > 0 || ino !== inodes[index]]).toEqual([file, true]);
  }
  expect(fs.existsSync(layout.syncFailure), "until it is synced").toBe(true);
  await second.close();
  expect(fs.existsSync(layout.syncFailure)).toBe(false);

  const third = await openStorage(dataDir, SMALL);
  expect(await eventsIn(third, "s")).toHaveLength(21);
});
