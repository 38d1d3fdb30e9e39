import { hash32 } from "../domain/event-ids.js";

/** 32 Mi bits: of a million runs' ids one in some thousands is taken for another, of ten millions one in four. */
export const RUN_IDS_BYTES = 4 * 1_048_576;
const BITS_PER_ID = 4;

/**
 * Which ids runs may have, as bits in memory that two threads share (a Bloom filter). What it does not hold is no
 * run's; what it holds may be. Nothing is taken out: ids of runs that have gone may be asked about in vain.
 */
export class RunIds {
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  add(runId: string): void {
    for (const bit of this.#bitsOf(runId)) Atomics.or(this.#words, bit >>> 5, 1 << (bit & 31));
  }

  mayHold(runId: string): boolean {
    return this.#bitsOf(runId).every(
      (bit) => (Atomics.load(this.#words, bit >>> 5) & (1 << (bit & 31))) !== 0,
    );
  }

  #bitsOf(runId: string): number[] {
    const bits = this.#words.length * 32;
    const start = hash32(runId);
    const step = hash32(`${runId}.`) | 1;
    return Array.from({ length: BITS_PER_ID }, (_, index) => ((start + index * step) >>> 0) % bits);
  }
}
