const INITIAL_SLOTS = 16;
const MAX_LOAD = 0.7;

/** MurmurHash3's 32-bit mixing over UTF-16 units up to `end` (Austin Appleby, public domain algorithm). */
export function hash32(text: string, end = text.length): number {
  let hash = text.length;
  for (let index = 0; index < end; index += 1) {
    let unit = Math.imul(text.charCodeAt(index), 0xcc9e2d51);
    unit = (unit << 15) | (unit >>> 17);
    hash ^= Math.imul(unit, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const NEAR_BITS = 3;
const NEAR_MASK = 2 ** NEAR_BITS - 1;

/**
 * Ids made one after the other mostly differ in their last character: its lowest bits are the hash's, so that
 * eight of them lie in one cache line of the table. Elsewhere each would cost an access to memory of its own.
 */
function nearHash(id: string): number {
  const end = id.length - 1;
  const last = id.charCodeAt(end);
  const far = hash32(id, end) ^ Math.imul(last >>> NEAR_BITS, 0x9e3779b1);
  return ((far & ~NEAR_MASK) | (last & NEAR_MASK)) >>> 0;
}

/**
 * Which event ids a session has stored, at 8 bytes a slot instead of the ids themselves.
 * It answers with the seqs that may hold an id; the caller reads those events to be sure.
 * No candidate means surely not stored.
 */
export class EventIds {
  /** Pairs of hash and seq; seq 0 marks a free slot. */
  #slots = new Uint32Array(INITIAL_SLOTS * 2);
  #size = 0;

  get bytes(): number {
    return this.#slots.byteLength;
  }

  get size(): number {
    return this.#size;
  }

  add(id: string, seq: number): void {
    if (this.#size >= (this.#slots.length / 2) * MAX_LOAD) this.#grow();
    this.#insert(nearHash(id), seq);
    this.#size += 1;
  }

  /** Whether the id may be stored; the test of the hot path, which allocates nothing. */
  mayHold(id: string): boolean {
    const hash = nearHash(id);
    const mask = this.#slots.length / 2 - 1;
    for (let slot = hash & mask; this.#slots[slot * 2 + 1] !== 0; slot = (slot + 1) & mask) {
      if (this.#slots[slot * 2] === hash) return true;
    }
    return false;
  }

  candidates(id: string): number[] {
    const hash = nearHash(id);
    const mask = this.#slots.length / 2 - 1;
    const found: number[] = [];
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const seq = this.#slots[slot * 2 + 1] ?? 0;
      if (seq === 0) return found;
      if (this.#slots[slot * 2] === hash) found.push(seq);
    }
  }

  /** Takes back one `add` of this id and seq. */
  remove(id: string, seq: number): void {
    const hash = nearHash(id);
    const mask = this.#slots.length / 2 - 1;
    for (let slot = hash & mask; this.#slots[slot * 2 + 1] !== 0; slot = (slot + 1) & mask) {
      if (this.#slots[slot * 2] !== hash || this.#slots[slot * 2 + 1] !== seq) continue;
      this.#vacate(slot, mask);
      this.#size -= 1;
      return;
    }
  }

  /** Moves back what stands behind only because the slot was taken, so that every search still ends right. */
  #vacate(slot: number, mask: number): void {
    const slots = this.#slots;
    let free = slot;
    for (let next = (slot + 1) & mask; slots[next * 2 + 1] !== 0; next = (next + 1) & mask) {
      const home = (slots[next * 2] ?? 0) & mask;
      if (((next - home) & mask) < ((next - free) & mask)) continue;
      slots.copyWithin(free * 2, next * 2, next * 2 + 2);
      free = next;
    }
    slots[free * 2 + 1] = 0;
  }

  #insert(hash: number, seq: number): void {
    const mask = this.#slots.length / 2 - 1;
    let slot = hash & mask;
    while (this.#slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot * 2] = hash;
    this.#slots[slot * 2 + 1] = seq;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let index = 0; index < old.length; index += 2) {
      const seq = old[index + 1] ?? 0;
      if (seq !== 0) this.#insert(old[index] ?? 0, seq);
    }
  }
}
