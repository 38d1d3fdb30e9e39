import fs from "node:fs";
import { LineSplitter } from "../transcripts/line-splitter.js";

/** What is read in one turn at most, so that hooks are answered meanwhile. */
const CHUNK_BYTES = 512 * 1024;
/** A longer line holds nothing that is recorded. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** Follows a file that another process appends lines to. */
export class LineFile {
  readonly path: string;
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  readonly #lines = new LineSplitter(MAX_LINE_BYTES);
  #offset = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Gives every line that is complete by now, up to a chunk; answers whether there is more. */
  read(onLine: (line: string) => void): boolean {
    let file: number;
    try {
      file = fs.openSync(this.path, "r");
    } catch {
      // It is made with the first message.
      return false;
    }
    try {
      const { size } = fs.fstatSync(file);
      if (size < this.#offset) this.#restart();
      const bytes = fs.readSync(file, this.#chunk, 0, CHUNK_BYTES, this.#offset);
      this.#offset += bytes;
      this.#lines.push(this.#chunk.subarray(0, bytes), onLine);
      return this.#offset < size && bytes > 0;
    } finally {
      fs.closeSync(file);
    }
  }

  /** The file was written anew. */
  #restart(): void {
    this.#offset = 0;
    this.#lines.clear();
  }
}
