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
      if (isPress(event) || isElsewhere() || (event.key !== "Escape" && !areKeysOn())) return;
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

const SETTING = "keys";

/** Whether single keys do anything: whoever speaks to their computer may want them not to. */
export function areKeysOn(): boolean {
  return window.localStorage.getItem(SETTING) !== "off";
}

export function turnKeys(areOn: boolean): void {
  window.localStorage.setItem(SETTING, areOn ? "on" : "off");
}

/** What has the focus is pressed. */
function isPress({ key, target }: KeyboardEvent): boolean {
  return (
    (key === "Enter" || key === " ") &&
    target instanceof HTMLElement &&
    target.closest("a, button, summary, [role=tab]") !== null
  );
}

/** A dialog has the keys to itself. */
function isElsewhere(): boolean {
  return document.querySelector("dialog[open]") !== null;
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
