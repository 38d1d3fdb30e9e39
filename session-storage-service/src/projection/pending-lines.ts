/** Lines gathered as text before they are encoded: fewer, larger pieces cost less. */
const PIECE_CHARS = 8_192;
/** A UTF-16 unit takes at most so many bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
/** A larger room is not kept for the next. */
const MAX_SPARE_BYTES = 2 * 1_048_576;

const EMPTY = Buffer.alloc(0);
/** The room that was given back last: whoever is written to most finds it warm. */
let spare = EMPTY;

/**
 * Lines that wait to be appended to a file. They are encoded early: text made of slices would keep the whole
 * request bodies it was cut from in memory.
 */
export class PendingLines {
  #room = EMPTY;
  #used = 0;
  #text = "";

  /** What is not ASCII and not yet encoded counts as one byte a character. */
  get size(): number {
    return this.#used + this.#text.length;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  add(lines: string): void {
    this.#text += lines;
    if (this.#text.length >= PIECE_CHARS) this.#encode();
  }

  /** All that waits, in order. Valid until `clear`. */
  bytes(): Buffer {
    if (this.#text !== "") this.#encode();
    return this.#room.subarray(0, this.#used);
  }

  clear(): void {
    if (this.#room.length > spare.length && this.#room.length <= MAX_SPARE_BYTES) spare = this.#room;
    this.#room = EMPTY;
    this.#used = 0;
    this.#text = "";
  }

  #encode(): void {
    const text = this.#text;
    if (this.#used + text.length * MAX_BYTES_PER_UNIT > this.#room.length)
      this.#makeRoom(this.#used + Buffer.byteLength(text));
    this.#used += this.#room.write(text, this.#used);
    this.#text = "";
  }

  #makeRoom(bytes: number): void {
    const before = this.#room;
    if (bytes <= before.length) return;
    if (bytes <= spare.length) {
      this.#room = spare;
      spare = EMPTY;
    } else {
      this.#room = Buffer.allocUnsafe(Math.max(bytes, 2 * before.length));
    }
    before.copy(this.#room, 0, 0, this.#used);
  }
}
