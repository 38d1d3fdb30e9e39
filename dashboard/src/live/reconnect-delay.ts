const FIRST_MS = 250;
const MOST_MS = 10_000;

/** Milliseconds before the next attempt, from 1: doubling, at least half of it, so that pages do not come at once. */
export function reconnectDelayMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** (attempt - 1));
  return ceiling * (0.5 + random() / 2);
}
