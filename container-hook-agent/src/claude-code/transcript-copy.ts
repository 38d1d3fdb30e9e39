import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type lockfile from "proper-lockfile";
import { isAlive, readOwner, thisProcess } from "../owner.js";
import type { TranscriptKey } from "../transcripts/key.js";
import { parseObject, textOf } from "../conversation/fields.js";

/** In the spool, beside the folders of sessions: those begin with no dot. */
const FOLDER = ".transcripts";
const OWNER = "owner.json";
const STALE_MS = 10_000;

/**
 * A transcript on disk that the service does not have yet: all lines that are to be kept, from the first. It outlives
 * the container where the spool does, and the next process sends it.
 */
export class TranscriptCopy {
  readonly key: TranscriptKey;
  readonly #folder: string;
  readonly #unlock: () => void;

  private constructor(key: TranscriptKey, folder: string, unlock: () => void) {
    this.key = key;
    this.#folder = folder;
    this.#unlock = unlock;
  }

  /** @throws where the disk does not take it */
  static create(spoolFolder: string, key: TranscriptKey): TranscriptCopy {
    const folder = path.join(spoolFolder, FOLDER, `${Date.now()}-${randomUUID()}`);
    fs.mkdirSync(path.dirname(folder), { recursive: true, mode: 0o700 });
    const unlock = lock(folder);
    fs.mkdirSync(folder, { mode: 0o700 });
    fs.writeFileSync(path.join(folder, OWNER), JSON.stringify(thisProcess()), { mode: 0o600 });
    fs.writeFileSync(path.join(folder, "key.json"), JSON.stringify(key), { mode: 0o600 });
    return new TranscriptCopy(key, folder, unlock);
  }

  /** Those that processes which are gone have left, the oldest first. */
  static left(spoolFolder: string): TranscriptCopy[] {
    const root = path.join(spoolFolder, FOLDER);
    const names = fs.existsSync(root) ? fs.readdirSync(root).sort() : [];
    return names.flatMap((name) => takeOver(path.join(root, name)) ?? []);
  }

  static adopted(key: TranscriptKey, folder: string, unlock: () => void): TranscriptCopy {
    return new TranscriptCopy(key, folder, unlock);
  }

  get file(): string {
    return path.join(this.#folder, "lines.jsonl");
  }

  get bytes(): number {
    return fs.statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** @throws where the disk does not take them */
  append(lines: readonly string[]): void {
    fs.appendFileSync(this.file, lines.map((line) => `${line}\n`).join(""), { mode: 0o600 });
  }

  /** It is stored. */
  remove(): void {
    fs.rmSync(this.#folder, { recursive: true, force: true });
    this.release();
  }

  /** Leaves it to another process. */
  release(): void {
    try {
      fs.rmSync(path.join(this.#folder, OWNER), { force: true });
      this.#unlock();
    } catch {
      // The lock was lost, or the disk is: another process finds both out for itself.
    }
  }
}

const lockPath = (folder: string): string =>
  path.join(path.dirname(folder), `.${path.basename(folder)}.lock`);

function lock(folder: string): () => void {
  const locks = createRequire(import.meta.url)("proper-lockfile") as typeof lockfile;
  const options = { realpath: false, lockfilePath: lockPath(folder), stale: STALE_MS };
  return locks.lockSync(folder, { ...options, onCompromised: () => undefined });
}

/** Undefined: it belongs to a process that lives, or may live, or is no copy. */
function takeOver(folder: string): TranscriptCopy | undefined {
  if (path.basename(folder).startsWith(".")) return undefined;
  let unlock: (() => void) | undefined;
  try {
    const owner = readOwner(path.join(folder, OWNER));
    const isOwned = owner === undefined ? undefined : isAlive(owner);
    if (isOwned === true) return undefined;
    if (isOwned === false) fs.rmSync(lockPath(folder), { recursive: true, force: true });
    unlock = lock(folder);
    const key = keyIn(fs.readFileSync(path.join(folder, "key.json"), "utf8"));
    fs.writeFileSync(path.join(folder, OWNER), JSON.stringify(thisProcess()), { mode: 0o600 });
    if (key !== undefined) return TranscriptCopy.adopted(key, folder, unlock);
  } catch {
    // Another process is faster, or it is not whole.
  }
  unlock?.();
  return undefined;
}

function keyIn(json: string): TranscriptKey | undefined {
  const { projectKey, sessionId, subpath } = parseObject(json) ?? {};
  const [project, session] = [textOf(projectKey), textOf(sessionId)];
  if (project === undefined || session === undefined) return undefined;
  return { projectKey: project, sessionId: session, subpath: textOf(subpath) };
}
