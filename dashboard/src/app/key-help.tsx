import { useEffect, useRef } from "react";

const KEYS: readonly [string, string][] = [
  ["/", "search"],
  ["g s", "go to the overview of sessions"],
  ["g l", "go to the live feed"],
  ["j, k", "next, previous row or event"],
  ["Enter", "open the row"],
  ["[, ]", "previous, next failure in a session"],
  ["0, $", "first, last event of a session"],
  ["f", "follow the end of a session"],
  ["1 … 7", "the inspector's tabs"],
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
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
