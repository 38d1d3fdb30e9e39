import { useEffect, useRef, useState } from "react";
import { areKeysOn, turnKeys } from "./keys.js";

const KEYS: readonly [string, string][] = [
  ["/", "search"],
  ["g s", "go to the overview of sessions"],
  ["g l", "go to the live feed"],
  ["j, k", "next, previous row or event"],
  ["Enter", "open the row"],
  ["c", "compare the row's session with another"],
  ["[, ]", "previous, next failure in a session"],
  ["0, $", "first, last event of a session"],
  ["f", "follow the end of a session"],
  ["1 … 7", "the inspector's tabs"],
  ["← → ↑ ↓", "in the map: next event, next agent"],
  ["Home, End, Page", "in the map: first, last, a tenth further"],
  ["+ - a", "in the map: zoom in, out, show all; Shift with arrows pans"],
  ["p", "pause the live feed"],
  ["Esc", "leave a field, close what is open"],
  ["?", "these keys"],
];

export function KeyHelp({ onClose }: { readonly onClose: (isOpen: boolean) => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="keys-title"
      onClose={() => {
        onClose(false);
      }}
    >
      <h2 id="keys-title">Keyboard</h2>
      <dl className="keys">
        {KEYS.map(([keys, words]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <KeysSwitch />
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

function KeysSwitch() {
  const [areOn, setOn] = useState(areKeysOn);
  return (
    <p>
      <label>
        <input
          type="checkbox"
          checked={areOn}
          onChange={({ target }) => {
            turnKeys(target.checked);
            setOn(target.checked);
          }}
        />{" "}
        single keys do this (Esc, Tab and those of the map always work)
      </label>
    </p>
  );
}
