const FIRST_LENGTH = 1_024;

/** Seqs, at four bytes each: of a large log there are millions. */
export class SeqList {
  #seqs = new Uint32Array(FIRST_LENGTH);
  #length = 0;

  add(seq: number): void {
    if (this.#length === this.#seqs.length) {
      const longer = new Uint32Array(2 * this.#length);
      longer.set(this.#seqs);
      this.#seqs = longer;
    }
    this.#seqs[this.#length] = seq;
    this.#length += 1;
  }

  /** All of them, so many at a time. */
  *slices(size: number): Generator<number[]> {
    for (let from = 0; from < this.#length; from += size) {
      yield [...this.#seqs.subarray(from, Math.min(this.#length, from + size))];
    }
  }
}
