import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { FolderInUse, lockFolder, type Owner } from "../src/lock.js";
import { tempFolder } from "./support/temp-folder.js";

const neverLost = (error: Error): never => {
  throw error;
};

async function lock(folder: string) {
  const held = await lockFolder(folder, neverLost);
  onTestFinished(() => held.release().catch(() => undefined));
  return held;
}

const ownerFile = (folder: string) => path.join(folder, "owner.json");
const readOwner = (folder: string) => JSON.parse(fs.readFileSync(ownerFile(folder), "utf8")) as Owner;

/** A lock as another process leaves it. */
function lockedBy(owner: Partial<Owner> | undefined, ageMs = 0): string {
  const folder = tempFolder();
  const lockFile = path.join(folder, ".lock");
  fs.mkdirSync(lockFile);
  const touched = new Date(Date.now() - ageMs);
  fs.utimesSync(lockFile, touched, touched);
  const whole = {
    pid: 1,
    host: os.hostname(),
    processStart: null,
    since: "2026-01-01T00:00:00.000Z",
    ...owner,
  };
  if (owner !== undefined) fs.writeFileSync(ownerFile(folder), JSON.stringify(whole));
  return folder;
}

/** A process that does nothing. */
function otherProcess(): ChildProcess {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** When the process began, as its system says: field 22 of /proc/<pid>/stat. */
function startOf(pid: number): string {
  const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

describe("a folder", () => {
  it("is locked by one, who is named, and free after release", async () => {
    const folder = tempFolder();
    const held = await lock(folder);
    expect(readOwner(folder)).toMatchObject({ pid: process.pid, host: os.hostname() });
    await held.release();
    expect(fs.readdirSync(folder)).toEqual([]);
    await lock(folder);
  });

  it("is refused to a second in the same process", async () => {
    const folder = tempFolder();
    await lock(folder);
    await expect(lockFolder(folder, neverLost)).rejects.toThrow(FolderInUse);
    expect(readOwner(folder).pid).toBe(process.pid);
  });

  it("is refused while its owner lives, who is named", async () => {
    const pid = otherProcess().pid as number;
    const folder = lockedBy({ pid, processStart: startOf(pid) });
    await expect(lockFolder(folder, neverLost)).rejects.toThrow(
      `${folder} is in use by process ${String(pid)} on ${os.hostname()}, since 2026-01-01T00:00:00.000Z`,
    );
    expect(readOwner(folder).pid).toBe(pid);
  });

  it("is taken over at once from a process of this machine that is gone", async () => {
    const child = otherProcess();
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    const folder = lockedBy({ pid: child.pid as number });
    await lock(folder);
    expect(readOwner(folder).pid).toBe(process.pid);
  });

  it("is taken over at once where another process has the pid of the owner by now", async () => {
    const folder = lockedBy({ pid: otherProcess().pid as number, processStart: "1" });
    await lock(folder);
    expect(readOwner(folder).pid).toBe(process.pid);
  });

  it("is taken over at once where this process has the pid of the owner", async () => {
    const folder = lockedBy({ pid: process.pid, processStart: "1" });
    await lock(folder);
    expect(readOwner(folder).since).not.toBe("2026-01-01T00:00:00.000Z");
  });

  it.each([
    ["of another machine", { host: "elsewhere" }],
    ["of nobody who is known", undefined],
  ])("is taken over from an owner %s only when the lock is stale", async (_, owner) => {
    const folder = lockedBy(owner, 60_000);
    await lock(folder);
    expect(readOwner(folder).pid).toBe(process.pid);
  });

  it("is taken over where the owner's file was cut off by a crash and the lock is stale", async () => {
    const folder = lockedBy({}, 60_000);
    fs.writeFileSync(ownerFile(folder), '{"pid":');
    await lock(folder);
    expect(readOwner(folder).pid).toBe(process.pid);
  });

  it("is taken over by one of those that find its dead owner at once", async () => {
    const folder = lockedBy({ pid: process.pid, processStart: "1" });
    const attempts = await Promise.allSettled([lock(folder), lock(folder), lock(folder)]);
    expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});
