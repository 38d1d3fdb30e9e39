/** Whether a line of JSON holds a text, in any case of its letters, however its characters are written. */
export function holder(text: string): (line: string) => boolean {
  const wanted = JSON.stringify(text).slice(1, -1).toLowerCase();
  return (line) => {
    if (line.toLowerCase().includes(wanted)) return true;
    // What a client wrote as escapes is stored as it was sent.
    return line.includes("\\u") && JSON.stringify(JSON.parse(line)).toLowerCase().includes(wanted);
  };
}

export interface Excerpt {
  readonly before: string;
  /** What was looked for, as it stands there; empty where it is not there. */
  readonly found: string;
  readonly after: string;
}

/** What stands before what was found: a line has little room. */
const LEAD_CHARS = 12;

/** A piece of a text of at most so many characters, from its beginning or around what is looked for. */
export function excerptOf(whole: string, text: string, chars: number): Excerpt {
  const wanted = JSON.stringify(text).slice(1, -1).toLowerCase();
  const at = wanted === "" ? -1 : whole.toLowerCase().indexOf(wanted);
  if (at === -1) return { before: whole.slice(0, chars), found: "", after: "" };
  const from = at <= LEAD_CHARS ? 0 : at - LEAD_CHARS;
  const end = at + wanted.length;
  return {
    before: (from > 0 ? "…" : "") + whole.slice(from, at),
    found: whole.slice(at, end),
    after: whole.slice(end, from + chars),
  };
}
