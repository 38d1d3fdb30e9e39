import { useState } from "react";
import { bytesText, visibleText } from "./format.js";

const SHOWN_CHARS = 2_000;
const SHOWN_LINES = 24;

/** Text as it is, long text in part until all is asked for. */
export function ClippedText({ text }: { readonly text: string }) {
  const [isWhole, setWhole] = useState(false);
  const clipped = isWhole ? text : clip(text);
  return (
    <>
      <pre className="text">{visibleText(clipped)}</pre>
      {clipped.length < text.length && (
        <button
          type="button"
          className="more"
          onClick={() => {
            setWhole(true);
          }}
        >
          Show all ({bytesText(text.length)})
        </button>
      )}
    </>
  );
}

export function clip(text: string): string {
  const lines = text.slice(0, SHOWN_CHARS).split("\n", SHOWN_LINES + 1);
  return lines.slice(0, SHOWN_LINES).join("\n");
}
