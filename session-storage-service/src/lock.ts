import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";

/** A lock whose owner has not touched it for so long belongs to nobody. */
const STALE_MS = 10_000;
const TOUCH_MS = 2_500;
const POLL_MS = 500;

export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Tells one process from a later one with the same pid; null where the system does not say. */
  readonly processStart: string | null;
  readonly since: string;
}

/** Another process owns the data folder. */
export class FolderInUse extends Error {
  constructor(folder: string, owner: Owner | undefined) {
    const who =
      owner === undefined
        ? "another process"
        : `process ${String(owner.pid)} on ${owner.host}, since ${owner.since}`;
    super(`${folder} is in use by ${who}`);
    this.name = "FolderInUse";
  }
}

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Makes this process the one owner of the data folder.
 * A lock left behind by a process of this machine that is gone is taken over at once, any other when it is stale.
 * @throws FolderInUse
 */
export async function lockFolder(folder: string, onLost: (error: Error) => void): Promise<FolderLock> {
  const ownerFile = path.join(folder, "owner.json");
  const lockfilePath = path.join(folder, ".lock");
  const release = await acquire(folder, ownerFile, lockfilePath, onLost);
  const self: Owner = {
    pid: process.pid,
    host: os.hostname(),
    processStart: processStart(process.pid),
    since: new Date().toISOString(),
  };
  fs.writeFileSync(ownerFile, `${JSON.stringify(self)}\n`);
  return {
    async release() {
      fs.rmSync(ownerFile, { force: true });
      await release();
    },
  };
}

async function acquire(
  folder: string,
  ownerFile: string,
  lockfilePath: string,
  onLost: (error: Error) => void,
): Promise<() => Promise<void>> {
  const options = { stale: STALE_MS, update: TOUCH_MS, lockfilePath, onCompromised: onLost };
  const giveUpAtMs = performance.now() + STALE_MS + 2 * POLL_MS;
  for (;;) {
    try {
      return await lockfile.lock(folder, options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    }
    const owner = readOwner(ownerFile);
    const alive = owner === undefined ? undefined : isAlive(owner);
    if (alive === false) fs.rmSync(lockfilePath, { recursive: true, force: true });
    else if (alive === true || performance.now() > giveUpAtMs) throw new FolderInUse(folder, owner);
    await sleep(POLL_MS);
  }
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

/** Undefined where that cannot be known from here. */
function isAlive({ pid, host, processStart: start }: Owner): boolean | undefined {
  if (host !== os.hostname()) return undefined;
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return start === null || processStart(pid) === start;
}

/** Field 22 of /proc/<pid>/stat (proc(5)): clock ticks from boot to the process's start. */
function processStart(pid: number): string | null {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
