import { diffLines } from "diff";
import { useMemo } from "react";
import type { Edit } from "../event/action-fields.js";
import { ClippedText } from "./clipped-text.js";
import { bytesText, visibleText } from "./format.js";
import { Limited } from "./limited.js";

/** Comparing more would take too long. */
const MAX_CHARS = 200_000;
const SHOWN_LINES = 200;
const CONTEXT_LINES = 3;

interface Line {
  readonly sign: "+" | "-" | " ";
  readonly text: string;
}

/** A file's change, line by line. */
export default function Diff({ path, before, after }: Edit) {
  const isLong = before.length + after.length > MAX_CHARS;
  const lines = useMemo(() => (isLong ? [] : linesOf(before, after)), [isLong, before, after]);
  return (
    <figure className="diff">
      <figcaption>
        <code>{visibleText(path)}</code> {isLong && `changed, ${bytesText(after.length)}`}
      </figcaption>
      <pre>
        <Limited
          items={lines}
          most={SHOWN_LINES}
          isList={false}
          each={({ sign, text }, index) => (
            <span key={index} className={sign === "+" ? "added" : sign === "-" ? "removed" : ""}>
              {sign} {visibleText(text)}
              {"\n"}
            </span>
          )}
        />
      </pre>
      {isLong && <ClippedText text={after} />}
    </figure>
  );
}

function linesOf(before: string, after: string): Line[] {
  const parts = diffLines(before, after);
  return parts.flatMap(({ value, added, removed }, index): Line[] => {
    const texts = value.replace(/\n$/, "").split("\n");
    const sign = added ? "+" : removed ? "-" : " ";
    const shown = sign === " " ? context(texts, index > 0, index < parts.length - 1) : texts;
    return shown.map((text) => ({ sign, text }));
  });
}

/** Of what stayed the same, what stands next to a change. */
function context(texts: readonly string[], follows: boolean, precedes: boolean): readonly string[] {
  if (texts.length <= 2 * CONTEXT_LINES) return texts;
  return [
    ...(follows ? texts.slice(0, CONTEXT_LINES) : []),
    "…",
    ...(precedes ? texts.slice(-CONTEXT_LINES) : []),
  ];
}
