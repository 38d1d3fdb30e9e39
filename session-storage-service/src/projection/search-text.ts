import type { JsonObject } from "session-protocol";

/** How much of one event is searchable, in UTF-16 units. */
const MAX_TEXT_UNITS = 16_384;

/** What surrounds a match in a snippet. Never part of a text, so whoever shows snippets can rely on them. */
export const MATCH_START = "⟦";
export const MATCH_END = "⟧";

/** Control characters, lone surrogates and the marks. */
const UNFIT = /[\p{Cc}\p{Cs}⟦⟧]+/gu;

/** Every key and string of an event's data, in order, on one line. */
export function searchText(data: JsonObject): string {
  const parts: string[] = [];
  collect(data, parts, MAX_TEXT_UNITS);
  return parts.join(" ").slice(0, MAX_TEXT_UNITS).replaceAll(UNFIT, " ");
}

/** Far more than the service takes; only a file that was edited by hand can be nested deeper. */
const MAX_DEPTH = 1_500;

/** Collects until there is no room; answers how much is left. */
function collect(value: unknown, parts: string[], room: number, depth = 0): number {
  if (typeof value === "string") {
    parts.push(value.slice(0, room));
    return room - value.length - 1;
  }
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return room;
  let left = room;
  for (const [key, inner] of Object.entries(value)) {
    if (left <= 0) break;
    if (!Array.isArray(value)) left = collect(`${key}:`, parts, left);
    if (left > 0) left = collect(inner, parts, left, depth + 1);
  }
  return left;
}

/** From how many letters on a last word also finds what it begins: below, most of the index would match. */
const MIN_PREFIX_UNITS = 3;
const HAS_LETTER = /[\p{L}\p{N}\p{Co}]/u;
const ASCII_ONLY = /^\p{ASCII}*$/u;

/**
 * The user's words as an FTS5 expression that asks for all of them; the last may be the beginning of a
 * word. Undefined where there is nothing to look for. Each word is quoted, so none is taken for syntax.
 */
export function matchExpression(words: string): string | undefined {
  const terms = words
    .replaceAll(UNFIT, " ")
    .split(/\s+/u)
    .filter((word) => HAS_LETTER.test(word));
  const last = terms.at(-1);
  if (last === undefined) return undefined;
  const asPrefix = last.length >= MIN_PREFIX_UNITS || !ASCII_ONLY.test(last);
  return `{text} : (${terms.map(quoted).join(" AND ")}${asPrefix ? " *" : ""})`;
}

function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}
