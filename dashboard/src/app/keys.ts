import { useEffect, useRef } from "react";

/** What keys do: a key's name, or two with a blank between for one after the other. */
export type Keys = Readonly<Record<string, () => void>>;

/** How long the second of two keys may take. */
const CHORD_MS = 1_200;

/** Finds what a key does after the one before it; pure, so that it can be tried without a keyboard. */
export function keyAction(keys: Keys, key: string, before: string | undefined): (() => void) | undefined {
  const chord = before === undefined ? undefined : keys[`${before} ${key}`];
  return chord ?? keys[key];
}

/** Keys typed anywhere but in a field, while the component is shown. */
export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    let before: string | undefined;
    let beforeAtMs = 0;
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isField(event.target) && event.key !== "Escape") return;
      const recent = event.timeStamp - beforeAtMs < CHORD_MS ? before : undefined;
      before = event.key;
      beforeAtMs = event.timeStamp;
      const action = keyAction(current.current, event.key, recent);
      if (action === undefined) return;
      event.preventDefault();
      before = undefined;
      action();
    };
    window.addEventListener("keydown", pressed);
    return () => {
      window.removeEventListener("keydown", pressed);
    };
  }, []);
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
