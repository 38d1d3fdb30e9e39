const NEWLINE = 0x0a;

/** Puts lines together that arrive in pieces. A line that is longer than `maxLineBytes` is left out. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #partial: Buffer[] = [];
  #partialBytes = 0;

  constructor(maxLineBytes = Infinity) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Gives every line that `chunk` completes. */
  push(chunk: Buffer, onLine: (line: string) => void): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, end);
      if (this.#partialBytes + rest.length <= this.#maxLineBytes) {
        onLine(Buffer.concat([...this.#partial, rest]).toString("utf8"));
      }
      this.clear();
      from = end + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** Forgets the line that is not complete. */
  clear(): void {
    this.#partial = [];
    this.#partialBytes = 0;
  }

  #keep(rest: Buffer): void {
    this.#partialBytes += rest.length;
    if (this.#partialBytes > this.#maxLineBytes) this.#partial = [];
    // A copy: the chunk is the caller's, who may read into it again.
    else this.#partial.push(Buffer.from(rest));
  }
}
