import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 50;
/** Nothing here takes so long; a slow machine under load may. */
const PATIENCE_MS = 120_000;

/** What `work` gives, if it does so in time. What it has started goes on. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`it takes longer than ${limitMs / 1_000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

/** The first value `probe` gives. What it throws meanwhile is told if it never gives one. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    let trouble = "";
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      trouble = `: ${(error as Error).message}`;
    }
    if (performance.now() > deadlineMs)
      throw new Error(`waited ${patienceMs / 1_000} s in vain for ${what}${trouble}`);
    await sleep(POLL_MS);
  }
}
