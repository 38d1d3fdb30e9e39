import type { Request, Response } from "express";
import type { StoredText } from "../domain/reading.js";
import { JSON_TYPE, NDJSON_TYPE } from "./media-type.js";

export type Pieces = AsyncIterable<readonly StoredText[]>;

/** A page of JSON ends when it has this many characters, so that large entries make short pages. */
const PAGE_CHARS = 8 * 1_024 * 1_024;
const PIECE_ENTRIES = 256;

/** Whether the reader asks for one JSON document a line rather than for one document. */
export function wantsNdjson(request: Request, response: Response): boolean {
  response.vary("Accept");
  return request.accepts([JSON_TYPE, NDJSON_TYPE]) === NDJSON_TYPE;
}

/** Writes as fast as the reader reads, and stops when it leaves. */
export async function sendPieces(
  request: Request,
  response: Response,
  type: string,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  response.status(200).type(type);
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  let wake = (): void => undefined;
  const roused = (): void => {
    wake();
  };
  // One listener for the whole answer: compression forwards `drain` but cannot take a listener back.
  response.on("drain", roused).on("close", roused);
  for await (const piece of pieces) {
    if (response.destroyed) return;
    if (response.write(piece)) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  response.end();
}

/** Stored texts as NDJSON. */
export async function* ndjson(pieces: Pieces): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield lines(piece);
}

const NEWLINE = 0x0a;
const COMMA = 0x2c;

function lines(entries: readonly StoredText[]): Buffer {
  return packed(entries, NEWLINE);
}

/** The texts' bytes, each with `end` behind it. Written one by one: joining so many strings costs ten times that. */
function packed(entries: readonly StoredText[], end: number): Buffer {
  let size = 0;
  for (const { text } of entries) size += text.length + 1;
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { text } of entries) {
    at += bytes.write(text, at, "latin1");
    bytes[at] = end;
    at += 1;
  }
  return bytes;
}

/** Stored texts as NDJSON where all are at hand. */
export function* ndjsonOf(entries: readonly StoredText[]): Generator<Buffer> {
  for (const piece of inPieces(entries)) yield lines(piece);
}

function* inPieces(entries: readonly StoredText[]): Generator<readonly StoredText[]> {
  for (let at = 0; at < entries.length; at += PIECE_ENTRIES) yield entries.slice(at, at + PIECE_ENTRIES);
}

/** The elements of a JSON array, without its brackets. */
export function* elements(entries: readonly StoredText[]): Generator<Buffer> {
  let left = entries.length;
  for (const piece of inPieces(entries)) {
    left -= piece.length;
    const bytes = packed(piece, COMMA);
    yield left === 0 ? bytes.subarray(0, -1) : bytes;
  }
}

export function* jsonArray(entries: readonly StoredText[]): Generator<Buffer> {
  yield Buffer.from("[");
  yield* elements(entries);
  yield Buffer.from("]");
}

/** The first `limit` entries, or fewer where they are large; `more` when others follow. */
export async function firstPage(
  pieces: Pieces,
  limit: number,
): Promise<{ entries: StoredText[]; more: boolean }> {
  const entries: StoredText[] = [];
  let chars = 0;
  for await (const piece of pieces) {
    for (const entry of piece) {
      if (entries.length === limit || chars >= PAGE_CHARS) return { entries, more: true };
      entries.push(entry);
      chars += entry.text.length;
    }
  }
  return { entries, more: false };
}
