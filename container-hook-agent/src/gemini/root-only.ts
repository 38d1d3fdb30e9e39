import { lstatSync, mkdtempSync, realpathSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Gemini CLI takes no settings for the system's that anybody but root can write. */
export function isRootOnly(path: string): boolean {
  try {
    return [...upFrom(path), ...upFrom(realpathSync(path))].every(isRoots);
  } catch {
    return false;
  }
}

const WRITABLE_BY_OTHERS = 0o022;

function isRoots(path: string): boolean {
  const { uid, mode } = statSync(path);
  return uid === 0 && lstatSync(path).uid === 0 && (mode & WRITABLE_BY_OTHERS) === 0;
}

/** A path, and the folders it is in. */
export function upFrom(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...upFrom(parent)];
}

/** A new folder that only root can write; undefined: there can be none. The folder for temporary files is open to all, mostly. */
export function makeRootOnlyFolder(): string | undefined {
  for (const folder of [tmpdir(), homedir(), "/run"]) {
    const made = isRootOnly(folder) ? make(folder) : undefined;
    if (made !== undefined) return made;
  }
  return undefined;
}

/** Undefined: it is read-only, or this is not root. */
function make(folder: string): string | undefined {
  try {
    return mkdtempSync(join(folder, "hook-agent-"));
  } catch {
    return undefined;
  }
}
