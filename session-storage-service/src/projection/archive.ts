import fs from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { create } from "tar";
import type { Layout } from "./layout.js";

/** A session's archive, written but not in place yet. */
export interface PackedSession {
  /** Puts it in place, durably. */
  keep(): Promise<void>;
  /** Takes it away again, wherever it is. */
  discard(): Promise<void>;
}

/**
 * Packs a session's folder, durably, under a temporary name. Equal folders make equal bytes. `modified` is the
 * time the files are said to be of. What was begun when `signal` comes is written anew another time.
 */
export async function packSession(
  layout: Layout,
  sessionId: string,
  { modified, signal }: { readonly modified: Date; readonly signal: AbortSignal },
): Promise<PackedSession> {
  const { archive, sessions } = layout;
  fs.mkdirSync(archive, { recursive: true });
  const target = path.join(archive, `${sessionId}.tar.gz`);
  const temporary = path.join(archive, `.${sessionId}.tar.gz.new`);
  const names = await contents(sessions, sessionId);
  // Sizes of files that are packed one after the other do not depend on who reads the disk fastest.
  const options = { gzip: { level: 6 }, portable: true, noDirRecurse: true, strict: true, jobs: 1 };
  const packing = create({ ...options, cwd: sessions, mtime: modified }, names);
  await pipeline(packing, fs.createWriteStream(temporary), { signal }).catch((error: unknown) => {
    // What a stream says of having been stopped is not the same in all versions of Node.
    signal.throwIfAborted();
    throw error;
  });
  await syncPath(temporary);
  return {
    keep: async () => {
      await makeRoom(target, temporary);
      await rename(temporary, target);
      await syncPath(archive);
      await syncPath(path.dirname(archive));
    },
    discard: async () => {
      await rm(temporary, { force: true });
      await rm(target, { force: true });
    },
  };
}

/** The folder and all in it by name, without what is being written. */
async function contents(sessions: string, sessionId: string): Promise<string[]> {
  const folder = path.join(sessions, sessionId);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const whole = entries.filter(({ name }) => !name.startsWith("."));
  const names = whole.map(({ parentPath, name }) => path.relative(sessions, path.join(parentPath, name)));
  return [sessionId, ...names.sort()];
}

/** An earlier session of the same id keeps its archive, under a name that no session has. */
async function makeRoom(target: string, temporary: string): Promise<void> {
  if (!fs.existsSync(target) || (await areEqual(target, temporary))) return;
  for (let number = 1; ; number += 1) {
    const older = target.replace(/\.tar\.gz$/, `~${String(number)}.tar.gz`);
    if (fs.existsSync(older)) continue;
    await rename(target, older);
    return;
  }
}

async function areEqual(one: string, other: string): Promise<boolean> {
  if (fs.statSync(one).size !== fs.statSync(other).size) return false;
  const others = fs.createReadStream(other).iterator() as AsyncIterator<Buffer>;
  for await (const bytes of fs.createReadStream(one)) {
    const { value } = (await others.next()) as IteratorResult<Buffer, undefined>;
    if (value?.equals(bytes as Buffer) !== true) return false;
  }
  return true;
}

export async function syncPath(name: string): Promise<void> {
  const handle = await open(name, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
