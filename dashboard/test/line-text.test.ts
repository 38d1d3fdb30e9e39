import { describe, expect, it } from "vitest";
import { excerptOf, holder } from "../src/api/line-text.js";

describe("a line of the log", () => {
  it.each([
    ["in any case of its letters", '{"a":"Flight TO Rome"}', "flight to", true],
    ["with quotation marks in it", String.raw`{"a":"say \"no\""}`, 'say "no"', true],
    ["that its client wrote as escapes", String.raw`{"a":"caf\u00e9"}`, "café", true],
    ["that is not there", '{"a":"x"}', "y", false],
  ])("holds a text %s: %s", (_, line, text, holds) => {
    expect(holder(text)(line)).toBe(holds);
  });

  it.each([
    ["its beginning where nothing is looked for", "abcdefghij", "", ["abcd", "", ""]],
    ["its beginning where that has it", "abcdefghij", "b", ["a", "b", "cd"]],
    ["what stands around it", `${"x".repeat(20)}found it`, "found", [`…${"x".repeat(12)}`, "found", ""]],
  ])("is shown by %s", (_, whole, text, [before, found, after]) => {
    expect(excerptOf(whole, text, 4)).toEqual({ before, found, after });
  });
});
