import Anser from "anser";
import { useState } from "react";
import { clip } from "./clipped-text.js";
import { bytesText, visibleText } from "./format.js";

/** A command and what it printed. Colors are kept; whatever else a terminal would obey is shown by name. */
export function Terminal({ command, output }: { readonly command: string; readonly output: unknown }) {
  const [isWhole, setWhole] = useState(false);
  const text = printed(output);
  const shown = isWhole ? text : clip(text);
  return (
    <div className="terminal">
      <pre className="command">
        <span aria-hidden="true">$ </span>
        {visibleText(command)}
      </pre>
      <pre>
        {Anser.ansiToJson(shown, { json: true, remove_empty: true }).map(
          ({ content, fg, decoration }, index) => (
            // The pieces of a text that never changes.
            <span key={index} className={classesOf(fg, decoration)}>
              {visibleText(content)}
            </span>
          ),
        )}
      </pre>
      {shown.length < text.length && (
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
    </div>
  );
}

/** Colors as their places in the palette: 1 is red. */
const NAMES: Readonly<Record<string, string>> = {
  "187, 0, 0": "bad",
  "0, 187, 0": "good",
  "187, 187, 0": "warn",
  "0, 0, 187": "accent",
  "0, 187, 187": "accent",
  "187, 0, 187": "accent",
  "255, 85, 85": "bad",
  "0, 255, 0": "good",
  "255, 255, 85": "warn",
  "85, 85, 255": "accent",
};

function classesOf(color: string, decoration: string | null): string {
  const named = NAMES[color];
  return [named === undefined ? "" : `ink-${named}`, decoration === "bold" ? "ink-bold" : ""]
    .join(" ")
    .trim();
}

/** The streams of a shell's answer one after the other, where it tells them apart. */
function printed(output: unknown): string {
  if (output === undefined || output === null) return "";
  if (typeof output === "string") return output;
  const { stdout, stderr } = output as { readonly stdout?: unknown; readonly stderr?: unknown };
  const streams = [stdout, stderr].filter((each): each is string => typeof each === "string" && each !== "");
  return streams.length > 0 ? streams.join("\n") : JSON.stringify(output, null, 2);
}
