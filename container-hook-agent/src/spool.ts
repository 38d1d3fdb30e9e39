import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type lockfile from "proper-lockfile";
import type { ProducerReport } from "session-protocol";
import type { QueuedEvent } from "./outbox.js";
import { isAlive, readOwner, thisProcess } from "./owner.js";
import { codeOf, inSessionFolder, removeIfEmpty } from "./session-folder.js";
import { SpoolLog } from "./spool-log.js";
import type { WarnOnce } from "./warnings.js";

export interface SpoolOptions {
  /** Of all sessions and processes. */
  readonly folder: string;
  readonly sessionId: string;
  readonly producerId: string;
  /** The most of this process's events, and of those it took over, on disk. */
  readonly maxBytes: number;
  readonly warnOnce: WarnOnce;
}

interface Held {
  readonly log: SpoolLog;
  readonly folder: string;
  readonly unlock: () => void;
}

const MAX_SEGMENT_BYTES = 4 * 1024 * 1024;
/** A lock whose owner has not touched it for so long, and of whom nothing else is known, belongs to nobody. */
const STALE_MS = 10_000;
/** After a write the disk did not take, the next is not tried before. */
const REST_MS = 1_000;
const MAX_REJECTED_BYTES = 16 * 1024 * 1024;
const MAX_NAME = 200;

/**
 * What could not be sent yet, on disk, in a folder of the session with one folder for each process that records into
 * it: `<folder>/<session>/<producer>/`. A process locks its own, and takes over those whose process is gone.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #foreign: Held[] = [];
  readonly #locks: typeof lockfile;
  #own: Held | undefined;
  #lostFolders = 0;
  #failedAtMs = -Infinity;
  #dropped = 0;
  #droppedOwn = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#folder = path.join(options.folder, nameOf(options.sessionId));
    // Now, because it takes longer than the end of a process may. It listens to signals from then on.
    this.#locks = createRequire(import.meta.url)("proper-lockfile") as typeof lockfile;
    this.#segmentBytes = Math.min(MAX_SEGMENT_BYTES, Math.ceil(options.maxBytes / 8));
  }

  /** This process's own events on disk. */
  get own(): SpoolLog | undefined {
    return this.#own?.log;
  }

  /** What former processes left, oldest first. */
  get foreign(): readonly SpoolLog[] {
    return this.#foreign.map(({ log }) => log);
  }

  get size(): number {
    return this.#logs().reduce((sum, { size }) => sum + size, 0);
  }

  /** Events that were given up to make room, whoever recorded them. */
  get dropped(): number {
    return this.#dropped;
  }

  get droppedOwn(): number {
    return this.#droppedOwn;
  }

  /** False: the disk does not take them. */
  append(events: readonly QueuedEvent[], inFlight: number, producer: ProducerReport): boolean {
    if (performance.now() - this.#failedAtMs < REST_MS) return false;
    try {
      this.#own ??= this.#create(producer);
      this.#makeRoom(events.reduce((sum, { bytes }) => sum + bytes, 0));
      this.#own.log.append(events, inFlight, producer);
      return true;
    } catch (error) {
      this.#failedAtMs = performance.now();
      this.#options.warnOnce("spool", `events cannot be kept on disk: ${messageOf(error)}`);
      return false;
    }
  }

  /** Takes over what processes that are gone have left of this session. */
  adopt(): void {
    try {
      const mine = new Set([this.#own, ...this.#foreign].map((held) => held?.folder));
      const left = foldersIn(this.#folder).filter((folder) => !mine.has(folder) && isGone(folder));
      if (left.length > 0) this.#inTurn(() => left.forEach((folder) => this.#takeOver(folder)));
    } catch (error) {
      this.#options.warnOnce("spool", `what former processes left cannot be read: ${messageOf(error)}`);
    }
  }

  /** Lets go of folders of others of which everything was sent. */
  tidy(): void {
    for (const held of this.#foreign.filter(({ log }) => log.size === 0)) {
      this.#foreign.splice(this.#foreign.indexOf(held), 1);
      remove(held);
    }
  }

  /** Keeps what the service refused, with its reason, for people to look at. */
  setAside(events: readonly QueuedEvent[], reason: string): void {
    const file = path.join(this.#folder, "rejected.jsonl");
    const lines = events.map(({ line }) => `{"reason":${JSON.stringify(reason)},"event":${line}}\n`);
    try {
      const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size >= MAX_REJECTED_BYTES) return;
      inSessionFolder(this.#folder, () => fs.appendFileSync(file, lines.join(""), { mode: 0o600 }));
    } catch {
      // The warning about the refusal has been given; there is nowhere to keep the event.
    }
  }

  /** Leaves what is unsent to another process. */
  close(producer: ProducerReport): void {
    this.tidy();
    for (const held of this.#foreign.splice(0)) release(held);
    const own = this.#own;
    this.#own = undefined;
    if (own === undefined) return;
    if (own.log.size === 0) remove(own);
    else release(own, producer);
  }

  #logs(): SpoolLog[] {
    return [...this.#foreign, ...(this.#own === undefined ? [] : [this.#own])].map(({ log }) => log);
  }

  #create(producer: ProducerReport): Held {
    const suffix = this.#lostFolders === 0 ? "" : `.${this.#lostFolders}`;
    const folder = path.join(this.#folder, `${this.#options.producerId}${suffix}`);
    const unlock = inSessionFolder(this.#folder, () => this.#lock(folder));
    return { log: SpoolLog.create(folder, this.#segmentBytes, producer), folder, unlock };
  }

  #makeRoom(bytes: number): void {
    while (this.#logs().reduce((sum, log) => sum + log.bytes, bytes) > this.#options.maxBytes) {
      const foreign = this.foreign.reduce((sum, log) => (sum > 0 ? sum : log.dropOldest()), 0);
      const own = foreign > 0 ? 0 : (this.own?.dropOldest() ?? 0);
      if (foreign + own === 0) throw new Error(`${this.#options.maxBytes} bytes are in use already`);
      this.#dropped += foreign + own;
      this.#droppedOwn += own;
      this.#options.warnOnce("spool full", "the spool is full: the oldest events are dropped");
    }
  }

  #takeOver(folder: string): void {
    if (!fs.existsSync(folder) || !isGone(folder)) return;
    if (ownerAlive(folder) === false) fs.rmSync(lockPath(folder), { recursive: true, force: true });
    let unlock: () => void;
    try {
      unlock = this.#lock(folder);
    } catch (error) {
      if (codeOf(error) === "ELOCKED") return;
      throw error;
    }
    try {
      const log = SpoolLog.open(folder, this.#segmentBytes);
      if (log === undefined) remove({ folder, unlock });
      else this.#foreign.push({ log, folder, unlock });
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** The lock comes before the folder, so that no other process sees the folder without it. */
  #lock(folder: string): () => void {
    const unlock = this.#locks.lockSync(folder, {
      realpath: false,
      lockfilePath: lockPath(folder),
      stale: STALE_MS,
      onCompromised: () => this.#lose(folder),
    });
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.writeFileSync(ownerPath(folder), JSON.stringify(thisProcess()), { mode: 0o600 });
    return unlock;
  }

  /** This process did not run for so long that another has taken its folder over, and sends what is in it. */
  #lose(folder: string): void {
    this.#lostFolders += 1;
    if (this.#own?.folder === folder) this.#own = undefined;
    const index = this.#foreign.findIndex((held) => held.folder === folder);
    if (index !== -1) this.#foreign.splice(index, 1);
  }

  /** One at a time takes over, so that of two that find the same folder only one gets it. */
  #inTurn(work: () => void): void {
    const turn = path.join(this.#folder, ".turn");
    let endTurn: () => void;
    try {
      endTurn = this.#locks.lockSync(this.#folder, {
        realpath: false,
        lockfilePath: turn,
        stale: STALE_MS,
        onCompromised: () => undefined,
      });
    } catch (error) {
      // Who has the turn takes over what there is, or has found nothing and removed the folder.
      if (codeOf(error) === "ELOCKED" || codeOf(error) === "ENOENT") return;
      throw error;
    }
    try {
      work();
    } finally {
      endTurn();
    }
  }
}

const lockPath = (folder: string): string =>
  path.join(path.dirname(folder), `.${path.basename(folder)}.lock`);
const ownerPath = (folder: string): string => path.join(folder, "owner.json");

function ownerAlive(folder: string): boolean | undefined {
  const owner = readOwner(ownerPath(folder));
  return owner === undefined ? undefined : isAlive(owner);
}

/** Or may be: of a process elsewhere only its lock tells, once it is stale. */
function isGone(folder: string): boolean {
  const isLocked = fs.existsSync(lockPath(folder));
  return !isLocked || ownerAlive(folder) !== true;
}

/** Of producers, by age: their names begin with the time. */
function foldersIn(folder: string): string[] {
  const entries = entriesOf(folder);
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  return names.map(({ name }) => path.join(folder, name)).sort();
}

function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function release({ log, unlock }: Held, producer?: ProducerReport): void {
  try {
    if (producer !== undefined) log.report(producer);
    log.close();
    unlock();
  } catch {
    // The lock was lost, or the disk is: another process finds both out for itself.
  }
}

function remove({ folder, unlock, log }: Omit<Held, "log"> & Partial<Held>): void {
  try {
    log?.close();
    fs.rmSync(folder, { recursive: true, force: true });
    unlock();
    removeIfEmpty(path.dirname(folder));
  } catch {
    // An empty folder is found, and removed, by a later process.
  }
}

/** The session's id as the name of a folder. */
function nameOf(sessionId: string): string {
  const name = encodeURIComponent(sessionId).replace(/^\./, "%2E");
  return name.length <= MAX_NAME ? name : createHash("sha256").update(sessionId).digest("hex");
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
