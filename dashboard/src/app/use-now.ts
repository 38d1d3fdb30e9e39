import { useSyncExternalStore } from "react";

const TICK_MS = 5_000;

const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  // Nobody has been told the time since the last one left.
  if (listeners.size === 0) nowMs = Date.now();
  listeners.add(listener);
  timer ??= window.setInterval(() => {
    nowMs = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

/** The time, told anew every few seconds, to all who ask at once. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}
