import fc from "fast-check";
import { expect, it } from "vitest";
import type { Submission } from "../../src/domain/submission.js";
import { wellFormed } from "../../src/domain/well-formed.js";
import { objectText } from "../support/json-text.js";

const submissionOf = (raw: string): Submission => ({
  commands: [{ type: "action", data: JSON.parse(raw) as Record<string, unknown>, raw }],
});

it.each([
  ["a text cut within a character", String.raw`{"type":"t","n":1.0,"text":"cut \ud83d"}`, "cut \ufffd"],
  ["the other half alone", String.raw`{"type":"t","n":1.0,"text":"\uDE00 on"}`, "\ufffd on"],
  ["two halves in the wrong order", String.raw`{"type":"t","n":1.0,"text":"\ude00\ud83d"}`, "\ufffd\ufffd"],
])("a log could not be read any further by jq than to a line with %s", (_, raw, text) => {
  const [command] = wellFormed(submissionOf(raw)).commands;
  expect(command?.data).toEqual({ type: "t", n: 1, text });
  expect(command?.raw).toBe(`{"type":"t","n":1.0,"text":${JSON.stringify(text)}}`);
});

it.each([
  String.raw`{"type":"t","text":"whole \ud83d\ude00"}`,
  String.raw`{"type":"t","text":"no escape: \\ud83d"}`,
  '{"type":"t","text":"😀"}',
])("leaves %s as it is", (raw) => {
  const submission = submissionOf(raw);
  expect(wellFormed(submission).commands[0]).toBe(submission.commands[0]);
});

it("does so in names, and in what makes a session", () => {
  const data = { userId: "u", initial: { "\ud800": ["\udfff"] } };
  expect(wellFormed({ commands: [], create: { data } }).create?.data).toEqual({
    userId: "u",
    initial: { "\ufffd": ["\ufffd"] },
  });
});

it("leaves nothing that is not well-formed of any object", () => {
  fc.assert(
    fc.property(objectText, (text) => {
      const [command] = wellFormed(submissionOf(text)).commands;
      expect(JSON.stringify(command?.data)).not.toMatch(/\\ud[89a-f]/);
      expect(JSON.parse(command?.raw ?? "")).toEqual(command?.data);
    }),
  );
});
