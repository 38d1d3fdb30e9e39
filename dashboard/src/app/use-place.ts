import { useMemo, useSyncExternalStore } from "react";
import { hashOf, placeOf, type Place } from "./location.js";

const listeners = new Set<() => void>();
/** What the address is about to be; undefined: what it is. */
let next: string | undefined;
let timer: number | undefined;
/** A browser lets go of changes of the address that follow one another too fast. */
const WRITE_MS = 150;

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    window.addEventListener("hashchange", moved);
    window.addEventListener("pagehide", write);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.removeEventListener("hashchange", moved);
    window.removeEventListener("pagehide", write);
  };
}

/** Somebody followed a link or went back: that is newer than what was not written yet. */
function moved(): void {
  forget();
  tell();
}

function tell(): void {
  for (const listener of listeners) listener();
}

function forget(): void {
  window.clearTimeout(timer);
  timer = undefined;
  next = undefined;
}

function write(): void {
  if (next !== undefined) window.history.replaceState(null, "", next);
  forget();
}

const hashNow = (): string => next ?? window.location.hash;

/** Where one is now; a component that asks is drawn anew when that changes. */
export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, hashNow);
  return useMemo(() => placeOf(hash), [hash]);
}

/** Goes to a place; the way back leads here. */
export function goTo(...place: Parameters<typeof hashOf>): void {
  write();
  window.location.hash = hashOf(...place);
}

/** Changes some of the place's values without a step of its own on the way back. Undefined takes one away. */
export function adjust(changes: Readonly<Record<string, string | number | undefined>>): void {
  const { path, query } = placeOf(hashNow());
  next = hashOf(path, { ...query, ...changes });
  timer ??= window.setTimeout(write, WRITE_MS);
  tell();
}
