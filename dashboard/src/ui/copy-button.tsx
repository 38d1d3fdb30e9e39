import { useState } from "react";

interface CopyProps {
  readonly words: string;
  /** What a screen reader says, where the words alone do not tell. */
  readonly label?: string;
  readonly read: () => string | Promise<string>;
}

/** Puts a text on the clipboard, and says whether that worked. */
export function CopyButton({ words, label, read }: CopyProps) {
  const [outcome, setOutcome] = useState("");
  const copy = async (): Promise<void> => {
    const text = await read();
    // Only pages that were fetched safely have a clipboard: over plain HTTP from another machine there is none.
    await (navigator.clipboard as Clipboard | undefined)?.writeText(text);
    setOutcome("clipboard" in navigator ? "copied" : "this page may not use the clipboard");
  };
  return (
    <span className="copying">
      <button
        type="button"
        aria-label={label}
        onClick={() => {
          copy().catch((error: unknown) => {
            setOutcome((error as Error).message);
          });
        }}
        onBlur={() => {
          setOutcome("");
        }}
      >
        {words}
      </button>
      <span role="status" className="note">
        {outcome}
      </span>
    </span>
  );
}
