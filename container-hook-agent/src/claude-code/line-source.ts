import fs from "node:fs";
import { parseObject } from "../conversation/fields.js";
import { entryOf, type Entry } from "../transcripts/chunk.js";
import { NEWLINE, readLines } from "../spool-files.js";

/** Whole requests to the model, which Claude Code keeps for itself: the Agent SDK leaves them out, too. */
const LEFT_OUT = '{"type":"api-request';

interface Piece {
  readonly entries: readonly Entry[];
  /** Where it ends in the file. */
  readonly end: number;
}

/** The lines of a transcript that a conversation is resumed from, read from where they were taken last. */
export class LineSource {
  readonly path: string;
  #offset = 0;
  #inode: number | undefined;
  /** The last answer, which holds until the file grows: who waits for the service asks again and again. */
  #peeked: { readonly from: number; readonly size: number; readonly piece: Piece | undefined } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Whether there is a whole line, or the file is another than it was. */
  hasNext(): boolean {
    return this.#isCut() || this.peek() !== undefined;
  }

  /** The next entries, a megabyte of them, and where they end; undefined: there is no whole line. */
  peek(): Piece | undefined {
    const size = fs.statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    if (this.#peeked?.from !== this.#offset || this.#peeked.size !== size) {
      this.#peeked = { from: this.#offset, size, piece: this.#read() };
    }
    return this.#peeked.piece;
  }

  advance(end: number): void {
    this.#offset = end;
  }

  /** Whether the file was written anew since the last call; then it is read from the beginning. */
  wasRewritten(): boolean {
    const stat = fs.statSync(this.path, { throwIfNoEntry: false });
    const isOther = this.#inode !== undefined && stat !== undefined && stat.ino !== this.#inode;
    this.#inode = stat?.ino ?? this.#inode;
    if (!isOther && !this.#isCut() && this.#endsLine()) return false;
    this.#offset = 0;
    this.#peeked = undefined;
    return true;
  }

  #isCut(): boolean {
    const size = fs.statSync(this.path, { throwIfNoEntry: false })?.size;
    return size !== undefined && size < this.#offset;
  }

  #read(): Piece | undefined {
    const lines = readLines(this.path, this.#offset);
    if (lines.length === 0) return undefined;
    return { entries: entriesIn(lines.toString("utf8")), end: this.#offset + lines.length };
  }

  /** What was taken last ended with a line; where something else is there now, it was written over. */
  #endsLine(): boolean {
    if (this.#offset === 0) return true;
    try {
      const file = fs.openSync(this.path, "r");
      try {
        const byte = Buffer.alloc(1);
        return fs.readSync(file, byte, 0, 1, this.#offset - 1) === 1 && byte[0] === NEWLINE;
      } finally {
        fs.closeSync(file);
      }
    } catch {
      return true;
    }
  }
}

/** Claude Code that is killed may leave half a line, which it does not read either. */
function entriesIn(text: string): Entry[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(LEFT_OUT) && parseObject(line) !== undefined)
    .map(entryOf);
}
