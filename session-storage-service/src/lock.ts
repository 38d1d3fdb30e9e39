import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";

/** A lock whose owner has not touched it for so long belongs to nobody. */
const STALE_MS = 10_000;
const TOUCH_MS = 2_500;
const POLL_MS = 250;
/** A process that was killed takes a moment to be gone. */
const DYING_MS = 1_500;
const TURN_RETRIES = { retries: 50, minTimeout: 100, maxTimeout: 500 };

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
  const release = await acquire(folder, ownerFile, onLost);
  return {
    async release() {
      fs.rmSync(ownerFile, { force: true });
      await release();
    },
  };
}

type Release = () => Promise<void>;

async function acquire(folder: string, ownerFile: string, onLost: (error: Error) => void): Promise<Release> {
  const startedMs = performance.now();
  for (;;) {
    const attempt = await tryToLock(folder, ownerFile, onLost);
    if ("release" in attempt) return attempt.release;
    const patienceMs = attempt.ownerIsAlive ? DYING_MS : STALE_MS + 2 * POLL_MS;
    if (performance.now() - startedMs > patienceMs) throw new FolderInUse(folder, attempt.owner);
    await sleep(POLL_MS);
  }
}

type Attempt =
  { readonly release: Release } | { readonly owner: Owner | undefined; readonly ownerIsAlive: boolean };

/** One at a time tries, so that of two that find the same dead owner only one takes its lock away. */
async function tryToLock(
  folder: string,
  ownerFile: string,
  onLost: (error: Error) => void,
): Promise<Attempt> {
  const turn = { realpath: false, stale: STALE_MS, retries: TURN_RETRIES };
  const endTurn = await lockfile.lock(path.join(folder, ".turn"), turn);
  try {
    const lockfilePath = path.join(folder, ".lock");
    const owner = readOwner(ownerFile);
    const alive = owner === undefined ? undefined : isAlive(owner);
    if (alive === false) fs.rmSync(lockfilePath, { recursive: true, force: true });
    const release = await lockfile.lock(folder, {
      stale: STALE_MS,
      update: TOUCH_MS,
      lockfilePath,
      onCompromised: onLost,
    });
    // Synced: a lock that survives a power loss without its owner's name would have to grow stale first.
    fs.writeFileSync(ownerFile, `${JSON.stringify(thisProcess())}\n`, { flush: true });
    return { release };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    const owner = readOwner(ownerFile);
    return { owner, ownerIsAlive: owner !== undefined && isAlive(owner) === true };
  } finally {
    await endTurn();
  }
}

function thisProcess(): Owner {
  return {
    pid: process.pid,
    host: os.hostname(),
    processStart: processStart(process.pid),
    since: new Date().toISOString(),
  };
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
  if (pid === process.pid && start === null) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const stat = processStat(pid);
  if (stat === undefined) return start === null;
  return stat.start === start && !DEAD_STATES.has(stat.state);
}

/** A zombie has ended; only its parent has not taken notice yet. */
const DEAD_STATES = new Set(["Z", "X"]);

function processStart(pid: number): string | null {
  return processStat(pid)?.start ?? null;
}

/** Fields 3 and 22 of /proc/<pid>/stat (proc(5)): the state, and clock ticks from boot to the process's start. */
function processStat(pid: number): { state: string; start: string } | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", start: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}
