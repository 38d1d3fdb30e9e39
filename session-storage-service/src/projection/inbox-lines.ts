import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

const CHUNK_BYTES = 262_144;
const NEWLINE = 0x0a;
const NEWLINE_BYTES = Buffer.from([NEWLINE]);

/** A line of a dropped file. */
export interface InboxFileLine {
  /** From 1. */
  readonly number: number;
  /** Where the line stands in the file, without its newline. */
  readonly start: number;
  readonly end: number;
  /** Undefined where the line is longer than allowed; it was not kept in memory. */
  readonly bytes: Buffer | undefined;
  /** A digest of the file up to the end of this line: the same whenever the same file is read again. */
  digest(): string;
}

/** The file's lines but for empty ones, in order. At most one is in memory. */
export async function* inboxLines(handle: FileHandle, maxLineBytes: number): AsyncGenerator<InboxFileLine> {
  const hash = createHash("sha256");
  let number = 1;
  let start = 0;
  let pieces: Buffer[] = [];
  const lineUpTo = (end: number): InboxFileLine => ({
    number,
    start,
    end,
    bytes: end - start > maxLineBytes ? undefined : Buffer.concat(pieces),
    digest: () => hash.copy().digest("hex"),
  });
  const keep = (piece: Buffer, at: number): void => {
    hash.update(piece);
    if (at + piece.length - start > maxLineBytes) pieces = [];
    else pieces.push(piece);
  };
  let position = 0;
  for await (const chunk of chunksOf(handle)) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, end), position + from);
      if (position + end > start) yield lineUpTo(position + end);
      hash.update(NEWLINE_BYTES);
      from = end + 1;
      start = position + from;
      number += 1;
      pieces = [];
    }
    keep(chunk.subarray(from), position + from);
    position += chunk.length;
  }
  if (position > start) yield lineUpTo(position);
}

async function* chunksOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
    position += bytesRead;
  }
}
