import fs from "node:fs";
import path from "node:path";
import { asLatin1, encodeLine, type LogKind } from "../../src/projection/log-line.js";
import { LogCursor, type LogSnapshot, type Order } from "../../src/projection/log-cursor.js";
import { stored } from "./events.js";
import { tempFolder } from "./temp-folder.js";

export interface LogText {
  readonly file?: string;
  readonly pending?: string;
  readonly kind?: LogKind;
}

/** A log with this text in its file and this waiting to be written. */
export function logOf({ file = "", pending = "", kind = "actions" }: LogText): LogSnapshot {
  const name = path.join(tempFolder(), `${kind}.jsonl`);
  if (file !== "") fs.writeFileSync(name, file);
  return { kind, path: name, size: Buffer.byteLength(file), pending: Buffer.from(pending) };
}

/** An action's line of about this many bytes. Its offset is its seq times ten. */
export function lineOf(seq: number, bytes = 0): string {
  const bare = { type: "x", pad: "" };
  const text = JSON.stringify(bare);
  const short = encodeLine(stored({ seq, offset: seq * 10, data: bare, raw: text }));
  if (bytes <= short.length) return short;
  const data = { ...bare, pad: "é".repeat(Math.ceil((bytes - short.length) / 2)) };
  return encodeLine(stored({ seq, offset: seq * 10, data, raw: JSON.stringify(data) }));
}

/** What a cursor comes by, as seqs, and 0 where a line is damaged. */
export async function placesAfter(log: LogSnapshot, after: number, order?: Order): Promise<number[]> {
  const cursor = await LogCursor.open(log, after, order);
  const places: number[] = [];
  try {
    while (cursor.line !== undefined) {
      places.push(cursor.place);
      await cursor.advance();
    }
  } finally {
    await cursor.close();
  }
  return places;
}

/** Lines as they are read: a character per byte, without the newline. */
export function asRead(...lines: string[]): string[] {
  return lines.map((line) => asLatin1(line.replace(/\n$/, "")));
}
