import { useState } from "react";
import { visibleText } from "./format.js";

const SHOWN_ENTRIES = 100;
const SHOWN_CHARS = 400;
/** Levels that are open from the beginning. */
const OPEN_LEVELS = 2;

/** JSON that folds, long parts cut until they are asked for. */
export function JsonView({ value, level = 0 }: { readonly value: unknown; readonly level?: number }) {
  if (typeof value === "string") return <Text text={value} />;
  if (typeof value !== "object" || value === null) return <code className="json-atom">{String(value)}</code>;
  return <Branch value={value} level={level} />;
}

function Branch({ value, level }: { readonly value: object; readonly level: number }) {
  const [isOpen, setOpen] = useState(level < OPEN_LEVELS);
  const isList = Array.isArray(value);
  const entries = Object.entries(value) as [string, unknown][];
  if (entries.length === 0) return <code className="json-atom">{isList ? "[]" : "{}"}</code>;
  return (
    <span className="json">
      <button
        type="button"
        className="json-toggle"
        aria-expanded={isOpen}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        {isList ? `[${entries.length}]` : `{${entries.length}}`}
      </button>
      {isOpen && <Entries entries={entries} level={level + 1} />}
    </span>
  );
}

interface EntriesProps {
  readonly entries: readonly (readonly [string, unknown])[];
  readonly level: number;
}

function Entries({ entries, level }: EntriesProps) {
  const [shown, setShown] = useState(SHOWN_ENTRIES);
  return (
    <ul>
      {entries.slice(0, shown).map(([name, child]) => (
        <li key={name}>
          <span className="json-name">{visibleText(name)}</span> <JsonView value={child} level={level} />
        </li>
      ))}
      {entries.length > shown && (
        <li>
          <button
            type="button"
            className="more"
            onClick={() => {
              setShown(shown * 4);
            }}
          >
            {entries.length - shown} more
          </button>
        </li>
      )}
    </ul>
  );
}

function Text({ text }: { readonly text: string }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole || text.length <= SHOWN_CHARS ? text : text.slice(0, SHOWN_CHARS);
  return (
    <>
      <code className="json-text">{visibleText(shown)}</code>
      {shown.length < text.length && (
        <button
          type="button"
          className="more"
          onClick={() => {
            setWhole(true);
          }}
        >
          Show all
        </button>
      )}
    </>
  );
}
