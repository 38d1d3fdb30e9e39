import type { Clock } from "./ports.js";

/** Crockford's base 32. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function encode(value: number, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32))
    text = DIGITS.charAt(rest % 32) + text;
  return text;
}

/** The last two digits, ready made: the ones that differ from one id to the next. */
const PAIRS = Array.from({ length: 1_024 }, (_, value) => encode(value, 2));

/**
 * Makes ULIDs (github.com/ulid/spec): 48 bits of milliseconds, then 80 bits. Of those the first 40 are
 * drawn once per process and the last 40 count, so ids of one process sort as they were made.
 */
export function idMaker(clock: Clock, random: () => number): () => string {
  const process = encode(Math.floor(random() * 2 ** 40), 8);
  let count = Math.floor(random() * 2 ** 32);
  let lastMs = -1;
  let lastHigh = -1;
  let prefix = "";
  return () => {
    const nowMs = Math.max(clock.now(), lastMs);
    count = (count + 1) % 2 ** 40;
    const high = Math.floor(count / PAIRS.length);
    if (nowMs !== lastMs || high !== lastHigh) {
      lastMs = nowMs;
      lastHigh = high;
      prefix = encode(nowMs, 10) + process + encode(high, 6);
    }
    return prefix + (PAIRS[count % PAIRS.length] as string);
  };
}
