import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchExpression, searchText } from "../../src/projection/search-text.js";

describe("the text of an event", () => {
  it.each([
    [{}, ""],
    [{ tool: "ls" }, "tool: ls"],
    [
      { input: { command: "ls -la" }, ok: true, count: 3, none: null },
      "input: command: ls -la ok: count: none:",
    ],
    [{ list: ["a", { b: "c" }, ["d"]] }, "list: a b: c d"],
    [{ output: "one\n\ttwo\u0000three" }, "output: one two three"],
    [{ output: "half \ud83d pair ⟦x⟧" }, "output: half   pair  x "],
  ])("of %j is %j", (data, text) => {
    expect(searchText(data)).toBe(text);
  });

  it("is bounded and fit to be stored, whatever was sent", () => {
    const longTexts = fc.string({ unit: "binary", maxLength: 9_000 });
    fc.assert(
      fc.property(
        fc.dictionary(longTexts, fc.oneof(longTexts, fc.jsonValue(), fc.array(longTexts))),
        (data) => {
          const text = searchText(data);
          expect(text.length).toBeLessThanOrEqual(16_384);
          expect(text).not.toMatch(/[\p{Cc}\p{Cs}⟦⟧]/u);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("leaves out what is nested beyond all measure", () => {
    const data = {
      first: "word",
      deep: JSON.parse("[".repeat(100_000) + "]".repeat(100_000)) as unknown,
      last: "word",
    };
    expect(searchText(data)).toBe("first: word deep: last: word");
  });

  it("takes what comes first where there is too much", () => {
    const many = Object.fromEntries(
      Array.from({ length: 50_000 }, (_, number) => [`key${String(number)}`, "value"]),
    );
    const text = searchText({ first: "word", many, last: "word" });
    expect(text.startsWith("first: word many: key0: value key1: value")).toBe(true);
    expect(text).not.toContain("last");
  });
});

it.each([
  ["calm", '{text} : ("calm" *)'],
  ["a day", '{text} : ("a" AND "day" *)'],
  ["to do", '{text} : ("to" AND "do")'],
  ["東京", '{text} : ("東京" *)'],
  ['say "hi" -now', '{text} : ("say" AND """hi""" AND "-now" *)'],
  [" \u0000\t– ", undefined],
  ["", undefined],
])("the words %j become the expression %j", (words, expression) => {
  expect(matchExpression(words)).toBe(expression);
});
