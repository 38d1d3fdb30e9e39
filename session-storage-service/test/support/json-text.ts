import fc from "fast-check";
import type { JsonObject } from "session-protocol";

/** JSON text as some client might write it: odd blanks, escapes, number forms and repeated keys, on one line. */
const blank = fc.constantFrom("", "", "", " ", "  ", "\t");

const stringPiece = fc.oneof(
  fc.constantFrom("a", "Z", "{", "}", "[", "]", ",", ":", "é", "ß", "漢", "😀", "\u2028", " "),
  fc.constantFrom(
    '\\"',
    "\\\\",
    "\\/",
    "\\b",
    "\\n",
    "\\r\\n",
    "\\u0000",
    "\\u0041",
    "\\ud800",
    "\\udfff",
    "\\ud83d\\ude00",
  ),
  fc.constantFrom('\\"events\\":[{', '\\",\\"data\\":{', "00000000 {", '\\"timestamp\\":\\"'),
);
const string = fc.array(stringPiece, { maxLength: 8 }).map((pieces) => `"${pieces.join("")}"`);

const number = fc.constantFrom(
  "0",
  "-0",
  "1",
  "1.0",
  "-1.5e-7",
  "1E+2",
  "12345678901234567890",
  "1e400",
  "0.1",
);
const literal = fc.constantFrom("true", "false", "null");

const RESERVED_KEYS = ["seq", "offset", "id", "receivedAt", "timestamp", "$sent", "data", "events", "group"];
const key = fc
  .oneof(
    string,
    fc.constantFrom(...RESERVED_KEYS).map((name) => `"${name}"`),
  )
  .filter((text) => text !== '"__proto__"');

const { value } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, string, number, literal, tie("list"), tie("object")),
  list: fc
    .tuple(
      blank,
      fc.array(
        fc.tuple(tie("value"), blank).map((parts) => parts.join("")),
        { maxLength: 4 },
      ),
    )
    .map(([space, items]) => `[${space}${items.join(`,${space}`)}]`),
  object: fc
    .tuple(blank, fc.array(fc.tuple(key, blank, blank, tie("value")), { maxLength: 4 }))
    .map(([space, entries]) => `{${space}${entries.map(written).join(`,${space}`)}${space}}`),
}));

function written([name, before, after, text]: readonly [string, string, string, string]): string {
  return `${name}${before}:${after}${text}`;
}

/** The text of an object that has at least a `type`. */
export const objectText: fc.Arbitrary<string> = fc
  .tuple(blank, fc.array(fc.tuple(key, blank, blank, value), { maxLength: 5 }), fc.nat(5))
  .map(([space, entries, at]) => {
    const all = entries.map(written);
    all.splice(at, 0, `"type"${space}:${space}"tool_call"`);
    return `{${space}${all.join(`${space},`)}${space}}`;
  });

/** Ids as clients may choose them. */
export const eventIdText: fc.Arbitrary<string> = fc.oneof(
  fc.uuid(),
  fc.string({ unit: "binary", minLength: 1, maxLength: 64 }),
  fc.constantFrom('"', "\\", '\\"', '","timestamp":"', '"timestamp":"', "\ud800", "é", "\n"),
);

export function parsed(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}
