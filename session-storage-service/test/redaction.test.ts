import fc from "fast-check";
import { createRedactor, REDACTION_RULES } from "session-protocol/redaction";
import { expect, it } from "vitest";
import type { Submission } from "../src/domain/submission.js";
import { parseConfig } from "../src/config.js";
import { batchSubmission } from "../src/http/batch.js";
import { limitsOf } from "../src/http/limits.js";
import { withoutCredentials } from "../src/redaction.js";
import { action, command } from "./support/commands.js";
import { objectText, parsed } from "./support/json-text.js";

const redactor = createRedactor();
const rules = REDACTION_RULES.rules as readonly { readonly hits?: readonly { readonly text: string }[] }[];
const credentials = rules.flatMap(({ hits = [] }) => hits.map(({ text }) => text));
const KEY = "AKIAQ2W3E4R5T6Y7U8I9";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dGhlLXNpZ25hdHVyZQ";

const limits = limitsOf(parseConfig({}));

const unicode = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

function redacted(submission: Submission): Submission & { readonly kinds: readonly string[] } {
  const kinds: string[] = [];
  return { ...withoutCredentials(submission, { redactor, onRedacted: (kind) => kinds.push(kind) }), kinds };
}

function redactedRaw(raw: string): string {
  const { commands } = redacted({ commands: [{ type: "action", data: parsed(raw), raw }] });
  expect(commands[0]?.data).toEqual(parsed(commands[0]?.raw ?? ""));
  return commands[0]?.raw ?? "";
}

it("returns a submission without credentials as it came", () => {
  const create = { data: { userId: "u", initial: { task: "t" } } };
  const submission = { commands: [action("e1"), action("e2", { type: "t", text: "see https://x" })], create };
  expect(withoutCredentials(submission, { redactor, onRedacted: () => undefined })).toBe(submission);
});

it("changes the text of a credential and nothing else of the data", () => {
  expect(
    redactedRaw(`{ "type" : "t", "n": 1.0, "big":12345678901234567890, "a":["${KEY}" , "b\\u00e9"] }`),
  ).toBe(
    '{ "type" : "t", "n": 1.0, "big":12345678901234567890, "a":["[redacted:aws-access-key]" , "b\\u00e9"] }',
  );
});

it.each([
  ["a value of a field that holds one", '{"Password":"x y"}', '{"Password":"[redacted:password]"}'],
  ["no empty one", '{"password":""}', '{"password":""}'],
  ["none of a field within its value", '{"password":{"hint":"x"}}', '{"password":{"hint":"x"}}'],
  ["none of a list under such a name", '{"password":["x"],"y":"z"}', '{"password":["x"],"y":"z"}'],
  ["one that was taken out already", '{"apikey":"[redacted:secret]"}', '{"apikey":"[redacted:secret]"}'],
  ["a key of an object", `{"env":{"${KEY}":1}}`, '{"env":{"[redacted:aws-access-key]":1}}'],
  ["one that is escaped", '{"x":"\\u0041KIAQ2W3E4R5T6Y7U8I9"}', '{"x":"[redacted:aws-access-key]"}'],
  ["one whose slashes are escaped", '{"x":"a:\\/\\/b:c@d"}', '{"x":"a://b:[redacted:url-password]@d"}'],
  ["an escaped name", '{"p\\u0061sswd":"x"}', '{"p\\u0061sswd":"[redacted:password]"}'],
  ["one beside escapes", `{"x":"\\"\\n${KEY}\\\\"}`, '{"x":"\\"\\n[redacted:aws-access-key]\\\\"}'],
  ["ids of the record", `{"agentId":"${KEY}","id":"${KEY}"}`, `{"agentId":"${KEY}","id":"${KEY}"}`],
  ["no ids within", `{"key":{"id":"${KEY}"}}`, '{"key":{"id":"[redacted:aws-access-key]"}}'],
  ["no id that another replaces", `{"id":"${KEY}","id":"a"}`, '{"id":"[redacted:aws-access-key]","id":"a"}'],
])("knows %s", (_, sent, kept) => {
  expect(redactedRaw(sent)).toBe(kept);
  expect(redactedRaw(kept)).toBe(kept);
});

it("tells of each hit by its kind", () => {
  const data = { password: "x", text: `${KEY} ${JWT} ${KEY}` };
  const create = { data: { userId: KEY, initial: { key: KEY } } };
  const { kinds, create: created } = redacted({ commands: [command("action", data)], create });
  expect(kinds.toSorted()).toEqual(["aws-access-key", "aws-access-key", "aws-access-key", "jwt", "password"]);
  expect(created?.data).toEqual({ userId: KEY, initial: { key: "[redacted:aws-access-key]" } });
});

it("keeps what commands go by", () => {
  const sent = command("state_updated", { text: KEY }, { id: "e1", ifMatch: "3" });
  const { commands, many, producer } = redacted({
    commands: [action("e0"), sent],
    many: true,
    producer: { id: "p", recorded: 2, dropped: 0 },
  });
  expect(commands[1]).toMatchObject({ type: "state_updated", id: "e1", ifMatch: "3" });
  expect([commands.length, many, producer]).toEqual([2, true, { id: "p", recorded: 2, dropped: 0 }]);
});

it("looks at the source of a submission first, and then changes the same as without one", () => {
  const within = fc.tuple(objectText, fc.constantFrom("", ...credentials), fc.boolean());
  fc.assert(
    fc.property(fc.array(within, { minLength: 1, maxLength: 4 }), fc.boolean(), (events, asLines) => {
      const lines = events.map(([text, credential, escapes]) => {
        const written = JSON.stringify(credential).replace(/[a-zA-Z]/, (letter) =>
          escapes ? unicode(letter) : letter,
        );
        return `{"type":"action","data":{"type":"t","x":${written},"sent":${text}}}`;
      });
      const body = asLines ? lines.join("\n") : `{"events":[${lines.join(",")}]}`;
      const type = asLines ? "application/x-ndjson" : "application/json";
      const submission = batchSubmission(Buffer.from(body), type, limits);
      expect(submission.source).toBe(body);
      expect(redacted(submission)).toEqual({
        ...redacted({ ...submission, source: undefined }),
        source: body,
      });
    }),
  );
});

it("takes every credential out of whatever JSON text it stands in", () => {
  const within = fc.tuple(objectText, fc.constantFrom(...credentials)).map(([text, credential]) => ({
    text,
    credential,
    sent: text.replace(/\}\s*$/, `,"x":[${JSON.stringify(credential)},{"y":${JSON.stringify(credential)}}]}`),
  }));
  fc.assert(
    fc.property(within, ({ text, credential, sent }) => {
      const clean = redactor.text(credential, () => undefined);
      const kept = redactedRaw(sent);
      expect(kept.slice(0, text.length - 1).trimEnd()).toBe(text.replace(/\}\s*$/, "").trimEnd());
      expect(parsed(kept)).toEqual({ ...parsed(text), x: [clean, { y: clean }] });
    }),
  );
});
