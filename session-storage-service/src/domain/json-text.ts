const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LAST_BLANK = 0x20;

/*
 * Where values stand in a text that is known to be valid JSON, for keeping them as they were sent.
 */

/** Position after the JSON value that begins at `start`, or of what ends it. */
export function skipValue(text: string, start: number): number {
  let depth = 0;
  for (let position = start; position < text.length; position += 1) {
    switch (text[position]) {
      case '"':
        position = skipString(text, position) - 1;
        if (depth === 0) return position + 1;
        break;
      case "{":
      case "[":
        depth += 1;
        break;
      case "}":
      case "]":
        depth -= 1;
        if (depth === 0) return position + 1;
        if (depth < 0) return position;
        break;
      case ",":
        if (depth === 0) return position;
        break;
      default:
    }
  }
  return text.length;
}

/** Where a string stands in a JSON text. */
export interface StringPlace {
  /** The name of the member it is the value of; undefined for a name itself and for an element of an array. */
  readonly name: string | undefined;
  /** How many objects and arrays it is in. */
  readonly depth: number;
}

/** The text with what `replace` makes of each of its strings, names of members included; all else as it stands. */
export function replaceStrings(text: string, replace: (token: string, place: StringPlace) => string): string {
  let replaced = "";
  let kept = 0;
  let depth = 0;
  let name: string | undefined;
  for (let position = 0; position < text.length; position += 1) {
    const unit = text[position];
    if (unit === '"') {
      const end = skipString(text, position);
      const token = text.slice(position, end);
      const isName = text[skipBlanks(text, end)] === ":";
      const other = replace(token, { name: isName ? undefined : name, depth });
      if (other !== token) {
        replaced += text.slice(kept, position) + other;
        kept = end;
      }
      name = isName ? stringOf(token) : undefined;
      position = end - 1;
    } else if (unit === "{" || unit === "[") {
      depth += 1;
      name = undefined;
    } else if (unit === "}" || unit === "]") depth -= 1;
    else if (unit === ",") name = undefined;
  }
  return kept === 0 ? text : replaced + text.slice(kept);
}

/** What a string's JSON text stands for. */
export function stringOf(token: string): string {
  return token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
}

function skipString(text: string, openingAt: number): number {
  for (let position = openingAt + 1; ; position += 1) {
    const unit = text.charCodeAt(position);
    if (unit === BACKSLASH) position += 1;
    else if (unit === QUOTE) return position + 1;
  }
}

function skipBlanks(text: string, start: number): number {
  let position = start;
  while (text.charCodeAt(position) <= LAST_BLANK) position += 1;
  return position;
}

/** The members of an object by their names, each as it stands there. Of several with one name the last counts. */
export function memberTexts(text: string): Map<string, string> {
  const members = new Map<string, string>();
  for (let position = skipBlanks(text, skipBlanks(text, 0) + 1); text[position] === '"';) {
    const nameEnd = skipString(text, position);
    const name = JSON.parse(text.slice(position, nameEnd)) as string;
    const valueAt = skipBlanks(text, skipBlanks(text, nameEnd) + 1);
    const end = skipValue(text, valueAt);
    members.set(name, text.slice(valueAt, end).trimEnd());
    position = nextAt(text, end);
  }
  return members;
}

/** The elements of an array, each as it stands there. */
export function elementTexts(text: string): string[] {
  const elements: string[] = [];
  for (let position = skipBlanks(text, skipBlanks(text, 0) + 1); text[position] !== "]";) {
    const end = skipValue(text, position);
    elements.push(text.slice(position, end).trimEnd());
    position = nextAt(text, end);
  }
  return elements;
}

/** Where what follows a member or an element begins, past the comma if there is one. */
function nextAt(text: string, end: number): number {
  const at = skipBlanks(text, end);
  return text[at] === "," ? skipBlanks(text, at + 1) : at;
}
