import { closeSync, openSync, readSync } from "node:fs";

/** The first line of a file; undefined: it is not written yet, or longer than that. */
export function firstLineOf(path: string, maxBytes: number): string | undefined {
  const text = beginningOf(path, maxBytes);
  const end = text.indexOf("\n");
  return end === -1 ? undefined : text.slice(0, end);
}

/** Empty: it is not there, or cannot be read. */
export function beginningOf(path: string, maxBytes: number): string {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.allocUnsafe(maxBytes);
      return bytes.toString("utf8", 0, readSync(file, bytes, 0, maxBytes, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}
