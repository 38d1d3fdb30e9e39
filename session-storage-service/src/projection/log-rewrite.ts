import fs from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

const CHUNK_BYTES = 256 * 1_024;

/** The text of a line, without its newline, as it is to be; bytes as latin1 characters. */
export type Rewriting = (line: string) => string;

/**
 * Passes the first `size` bytes of a log, whole lines, through `rewriting`, a chunk at a time, and returns how
 * many bytes that comes to. They go to `temporary`, durably, unless only the figure is wanted.
 */
export async function rewriteLog(
  file: string,
  size: number,
  rewriting: Rewriting,
  temporary: string | undefined,
): Promise<number> {
  const source = await open(file, "r");
  const target = temporary === undefined ? undefined : await open(temporary, "w");
  let written = 0;
  try {
    for await (const lines of linesOf(source, size)) {
      const bytes = Buffer.from(lines.map((line) => `${rewriting(line)}\n`).join(""), "latin1");
      if (target !== undefined) await writeAll(target, bytes);
      written += bytes.length;
    }
    await target?.sync();
  } finally {
    await source.close();
    await target?.close();
  }
  return written;
}

async function* linesOf(source: FileHandle, size: number): AsyncGenerator<string[]> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let carry: string[] = [];
  for (let position = 0; position < size;) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(CHUNK_BYTES, size - position), position);
    if (bytesRead === 0) throw new Error("the log became shorter while it was rewritten");
    position += bytesRead;
    const lines = buffer.toString("latin1", 0, bytesRead).split("\n");
    const rest = lines.pop() ?? "";
    if (lines.length > 0) {
      lines[0] = carry.join("") + (lines[0] as string);
      carry = [];
      yield lines;
    }
    carry.push(rest);
  }
}

/** A disk that is nearly full takes a part of a write without an error. */
async function writeAll(target: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await target.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}

/** Appends to `temporary` what the log has behind `size` bytes, and puts it in the log's place: in one step. */
export function swapLog(file: string, size: number, temporary: string): void {
  const source = fs.openSync(file, "r");
  const target = fs.openSync(temporary, "a");
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let position = size; ;) {
      const read = fs.readSync(source, buffer, 0, buffer.length, position);
      if (read === 0) break;
      for (let written = 0; written < read;) {
        written += fs.writeSync(target, buffer, written, read - written);
      }
      position += read;
    }
  } finally {
    fs.closeSync(source);
    fs.closeSync(target);
  }
  fs.renameSync(temporary, file);
}
