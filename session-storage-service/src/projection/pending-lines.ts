/** Lines gathered as text before they are encoded: fewer, larger pieces cost less. */
const PIECE_CHARS = 8_192;

/**
 * Lines that wait to be appended to a file. They are encoded early: text made of slices would keep the whole
 * request bodies it was cut from in memory.
 */
export class PendingLines {
  #pieces: Buffer[] = [];
  #encodedBytes = 0;
  #text = "";

  /** What is not ASCII and not yet encoded counts as one byte a character. */
  get size(): number {
    return this.#encodedBytes + this.#text.length;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  add(lines: string): void {
    this.#text += lines;
    if (this.#text.length >= PIECE_CHARS) this.#encode();
  }

  /** All that waits, in order. */
  bytes(): Buffer {
    if (this.#text !== "") this.#encode();
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces, this.#encodedBytes)];
    return this.#pieces[0] ?? EMPTY;
  }

  clear(): void {
    this.#pieces = [];
    this.#encodedBytes = 0;
    this.#text = "";
  }

  #encode(): void {
    const piece = Buffer.from(this.#text);
    this.#pieces.push(piece);
    this.#encodedBytes += piece.length;
    this.#text = "";
  }
}

const EMPTY = Buffer.alloc(0);
