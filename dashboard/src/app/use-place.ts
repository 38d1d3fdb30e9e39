import { useMemo, useSyncExternalStore } from "react";
import { hashOf, placeOf, type Place } from "./location.js";

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => {
    window.removeEventListener("hashchange", listener);
  };
}

/** Where one is now; a component that asks is drawn anew when that changes. */
export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => placeOf(hash), [hash]);
}

/** Goes to a place; the way back leads here. */
export function goTo(...place: Parameters<typeof hashOf>): void {
  window.location.hash = hashOf(...place);
}

/** Changes some of the place's values without a step of its own on the way back. Undefined takes one away. */
export function adjust(changes: Readonly<Record<string, string | number | undefined>>): void {
  const { path, query } = placeOf(window.location.hash);
  window.history.replaceState(null, "", hashOf(path, { ...query, ...changes }));
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}
