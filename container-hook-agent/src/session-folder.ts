import fs from "node:fs";

/** Each time another process has removed the folder in between: it was empty then. */
const MAX_ATTEMPTS = 10;

/** Calls `work` with the folder of a session there. @throws what `work` throws */
export function inSessionFolder<T>(folder: string, work: () => T): T {
  for (let attempt = 1; ; attempt += 1) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      return work();
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** What is in use has a lock in it, and what is kept for people a file. */
export function removeIfEmpty(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch {
    // It is not empty, or another process has removed it.
  }
}

export const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;
