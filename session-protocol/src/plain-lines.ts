/**
 * Lines of JSON as one text in which what stands in strings stands as it is, so that expressions for such text find in it
 * what they find in the strings. Around strings are marks instead of quotes. It takes replacements of one text
 * by another only, which cost little also where code has hardly run before.
 */

/** Around a string. JSON has such characters only escaped, and a text of single bytes stays one, which is searched faster. */
export const MARK = "\x01";
const BACKSLASH = "\x02";
const QUOTE = "\x03";
const END = "\0";

const SHORT = [
  ["\\n", "\n"],
  ["\\t", "\t"],
  ["\\r", "\r"],
  ["\\b", "\b"],
  ["\\f", "\f"],
] as const;

/** Other escapes. */
const HARD = /\\[u/]/;

/** Whether the line is one that can be told so. */
export const canBePlain = (line: string): boolean => !HARD.test(line);

export function plainOf(lines: readonly string[]): string {
  const text = lines
    .join(END)
    .replaceAll("\\\\", BACKSLASH)
    .replaceAll('\\"', QUOTE)
    .replaceAll('"', MARK)
    .replaceAll(QUOTE, '"');
  return SHORT.reduce((rest, [escaped, plain]) => rest.replaceAll(escaped, plain), text).replaceAll(
    BACKSLASH,
    "\\",
  );
}

export function linesOf(plain: string): string[] {
  const text = plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll(MARK, '"');
  return SHORT.reduce((rest, [escaped, each]) => rest.replaceAll(each, escaped), text).split(END);
}
