import { randomFillSync } from "node:crypto";

const RANDOM_BYTES = 8;
const POOL_BYTES = RANDOM_BYTES * 512;

/**
 * Makes UUIDv7 ids (RFC 9562): the time in milliseconds, then a counter, then randomness.
 * They sort in the order they were made, also within a millisecond and when the clock steps back.
 */
export function createEventIds(
  now: () => number,
  fill: (bytes: Uint8Array) => void = randomFillSync,
): () => string {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  let lastMs = 0;
  let counter = 0;

  return () => {
    if (used === POOL_BYTES) {
      fill(pool);
      used = 0;
    }
    const tail = Buffer.from(pool.buffer, used, RANDOM_BYTES).toString("hex");
    used += RANDOM_BYTES;
    const nowMs = Math.trunc(now());
    counter = nowMs > lastMs ? 0 : counter + 1;
    // A millisecond with more than 4,096 ids borrows from the next one.
    lastMs = Math.max(lastMs, nowMs) + (counter >> 12);
    counter &= 0xfff;
    return format(lastMs, counter, tail);
  };
}

function format(ms: number, counter: number, tail: string): string {
  const time = ms.toString(16).padStart(12, "0");
  const variant = ((parseInt(tail.charAt(0), 16) & 0x3) | 0x8).toString(16);
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, "0")}-` +
    `${variant}${tail.slice(1, 4)}-${tail.slice(4)}`
  );
}
