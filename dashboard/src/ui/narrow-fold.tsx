import { useState, type ReactNode } from "react";
import { useNarrow } from "../app/use-narrow.js";

interface FoldProps {
  readonly words: string;
  readonly children: ReactNode;
}

/** What stands behind a button where there is no room for it. */
export function NarrowFold({ words, children }: FoldProps) {
  const isNarrow = useNarrow();
  const [isOpen, setOpen] = useState(false);
  if (!isNarrow) return children;
  return (
    <>
      <button
        type="button"
        className="narrow-fold"
        aria-expanded={isOpen}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        {words} <span aria-hidden="true">{isOpen ? "▴" : "▾"}</span>
      </button>
      {isOpen && children}
    </>
  );
}
