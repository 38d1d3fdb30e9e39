import { describe, expect, it } from "vitest";
import { judge, type Verdict } from "../../src/journal/recovery.js";

/**
 * Lines of ten bytes and one offset each. A letter is an intact line of the commit it names, a dot a damaged
 * one, an exclamation mark one that does not follow.
 */
function linesOf(pattern: string): Verdict[] {
  return Array.from(pattern).map((letter, index) => {
    const group = pattern.indexOf(letter) + 1;
    const intact = /[a-z]/.test(letter) ? { group, nextOffset: index + 2 } : undefined;
    return { start: index * 10, number: index + 1, intact, misplaced: letter === "!" };
  });
}

describe("the last segment", () => {
  it.each([
    ["no line", "", { kind: "intact", nextOffset: 1 }],
    ["a clean shutdown", "aabc", { kind: "intact", nextOffset: 5 }],
    ["a torn last line", "aab.", { kind: "torn", nextOffset: 4, keepBytes: 30 }],
    ["a torn first line", ".", { kind: "torn", nextOffset: 1, keepBytes: 0 }],
    ["a torn last commit of many lines", "aab...", { kind: "torn", nextOffset: 4, keepBytes: 30 }],
    ["a line missing amid the last commit", "aab.b", { kind: "torn", nextOffset: 4, keepBytes: 30 }],
    ["two lines missing amid the last commit", "ab.b.b", { kind: "torn", nextOffset: 3, keepBytes: 20 }],
    ["damage before a later commit", "a.b", { kind: "corrupt", damage: { start: 10, line: 2 } }],
    ["damage at the start before a later commit", ".b", { kind: "corrupt", damage: { start: 0, line: 1 } }],
    [
      "damage before a later commit that is torn itself",
      "a.bb.",
      { kind: "corrupt", damage: { start: 10, line: 2 } },
    ],
    ["an intact line that does not follow", "ab!", { kind: "corrupt", damage: { start: 20, line: 3 } }],
  ])("%s: %s", (_, pattern, verdict) => {
    expect(judge(linesOf(pattern), 1, true)).toEqual(verdict);
  });
});

describe("an older segment", () => {
  it.each([
    ["intact", "aab", { kind: "intact", nextOffset: 4 }],
    ["damaged at its end", "aab.", { kind: "corrupt", damage: { start: 30, line: 4 } }],
    ["damaged in the middle", "a.a", { kind: "corrupt", damage: { start: 10, line: 2 } }],
  ])("%s", (_, pattern, verdict) => {
    expect(judge(linesOf(pattern), 1, false)).toEqual(verdict);
  });
});
