import type { Clock } from "./ports.js";

/** Crockford's base 32. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function encode(value: number, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32))
    text = DIGITS.charAt(rest % 32) + text;
  return text;
}

/**
 * Makes ULIDs (github.com/ulid/spec): 48 bits of milliseconds, then 80 bits. Of those the first 40 are
 * drawn once per process and the last 40 count, so ids of one process sort as they were made.
 */
export function idMaker(clock: Clock, random: () => number): () => string {
  const process = encode(Math.floor(random() * 2 ** 40), 8);
  let count = Math.floor(random() * 2 ** 32);
  let lastMs = -1;
  let prefix = "";
  return () => {
    const nowMs = Math.max(clock.now(), lastMs);
    if (nowMs !== lastMs) {
      lastMs = nowMs;
      prefix = encode(nowMs, 10) + process;
    }
    count = (count + 1) % 2 ** 40;
    return prefix + encode(count, 8);
  };
}
