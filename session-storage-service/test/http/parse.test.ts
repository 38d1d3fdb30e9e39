import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config.js";
import { RecorderError } from "../../src/domain/errors.js";
import { actionCommand, responseCommand } from "../../src/http/commands.js";
import { limitsOf } from "../../src/http/limits.js";
import { parseJsonBody } from "../../src/http/parse.js";

const limits = limitsOf(parseConfig({}));
const parse = (text: string, changes: Partial<typeof limits> = {}) => {
  return parseJsonBody(Buffer.from(text), { ...limits, ...changes });
};

function refusalOf(act: () => unknown): RecorderError {
  try {
    act();
  } catch (error) {
    if (error instanceof RecorderError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const nested = (levels: number): string => `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;
const withKeys = (count: number): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${String(i)}`, i])));

describe("a body", () => {
  it.each([
    ["as sent", '{"b":1e2, "a":"\\u00e9"}', '{"b":1e2, "a":"\\u00e9"}'],
    ["without the blanks around it", '  {"a":1}\n', '{"a":1}'],
    ["on one line where it spans several", '{\n "a": 1,\r\n "b": "x\\ny"\n}', '{"a":1,"b":"x\\ny"}'],
  ])("keeps its text %s", (_, text, raw) => {
    expect(parse(text).raw).toBe(raw);
  });

  it.each([
    ["that is no JSON", "{oops", "", /is not valid JSON/],
    ["that is empty", "", "", /must be a JSON object/],
    ["that is an array", "[]", "", /must be a JSON object/],
    ["that is null", "null", "", /must be a JSON object/],
    ["with a __proto__ key", '{"__proto__":{"x":1}}', "__proto__", /not allowed as a key/],
    [
      "with an escaped __proto__ key",
      '{"a":[{"\\u005f_proto__":1}]}',
      "a.0.__proto__",
      /not allowed as a key/,
    ],
    ["one level too deep", nested(65), Array(64).fill("a").join("."), /deeper than 64/],
    [
      "with an array one level too deep",
      `{"a":${"[".repeat(64)}${"]".repeat(64)}}`,
      ["a", ...Array<string>(63).fill("0")].join("."),
      /deeper than 64/,
    ],
    ["with a key too many", withKeys(10_001), "", /more than 10000 keys/],
  ])("%s is refused with its path", (_, text, path, message) => {
    const refusal = refusalOf(() => parse(text));
    expect(refusal.code).toBe("invalid_request");
    expect(refusal.issues).toEqual([{ path, message: expect.stringMatching(message) as string }]);
  });

  it.each([
    ["64 levels", nested(64)],
    ["10,000 keys", withKeys(10_000)],
    [
      "10,000 keys in several objects",
      `{"a":[${Array(99).fill(withKeys(100)).join(",")}],"b":{"c":${withKeys(90)}}}`,
    ],
    ["keys that prototypes have", '{"constructor":{"prototype":1},"toString":2}'],
  ])("may have %s", (_, text) => {
    expect(parse(text).raw).toBe(text);
  });

  it("that is not UTF-8 is refused", () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    expect(refusalOf(() => parseJsonBody(bytes, limits)).message).toMatch(/not valid UTF-8/);
  });

  it("larger than an event may be is refused, whatever blanks it also has", () => {
    const eventBytes = 100;
    const text = JSON.stringify({ a: "é".repeat(46) });
    expect(Buffer.byteLength(text)).toBe(100);
    expect(parse(`${" ".repeat(200)}${text}`, { eventBytes }).raw).toBe(text);
    expect(refusalOf(() => parse(JSON.stringify({ a: "é".repeat(47) }), { eventBytes })).code).toBe(
      "payload_too_large",
    );
  });

  it("nested ten thousand levels deep or a hundred thousand keys wide harms nobody", () => {
    expect(refusalOf(() => parse(nested(10_000))).issues[0]?.message).toMatch(/deeper/);
    expect(refusalOf(() => parse(withKeys(100_000))).issues[0]?.message).toMatch(/keys/);
  });

  it("means the same as its text, whatever JSON object it is", () => {
    const object = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 3 }), {
      maxKeys: 5,
    });
    fc.assert(
      fc.property(object, fc.constantFrom(0, 1, "\t"), (value, space) => {
        fc.pre(!Object.hasOwn(value, "__proto__") && !JSON.stringify(value).includes("__proto__"));
        const { value: parsed, raw } = parse(JSON.stringify(value, null, space));
        expect(raw).not.toMatch(/[\r\n]/);
        expect(JSON.parse(raw)).toEqual(parsed);
        expect(JSON.stringify(parsed)).toBe(JSON.stringify(JSON.parse(JSON.stringify(value))));
      }),
    );
  });
});

describe("an action", () => {
  const command = (text: string, id?: string) => {
    const { value, raw } = parse(text);
    return actionCommand(value, raw, id);
  };

  it("keeps its text where it brings no id", () => {
    expect(command('{"type":"t", "n":1.0}', "key")).toEqual({
      type: "action",
      id: "key",
      data: { type: "t", n: 1 },
      raw: '{"type":"t", "n":1.0}',
    });
  });

  it.each([
    ["gives it to the event", '{"id":"e","type":"t"}', undefined, "e", '{"type":"t"}'],
    ["gives it to the event where both agree", '{"id":"e","type":"t"}', "e", "e", '{"type":"t"}'],
    [
      "keeps it where the request has another",
      '{"id":"e","type":"t"}',
      "key",
      "key",
      '{"id":"e","type":"t"}',
    ],
  ])("with an id %s", (_, text, key, id, raw) => {
    expect(command(text, key)).toMatchObject({ id, raw, data: JSON.parse(raw) as object });
  });

  it.each([
    ["{}", "type"],
    ['{"type":""}', "type"],
    ['{"type":5}', "type"],
    ['{"type":"t","id":""}', "id"],
    [`{"type":"t","id":"${"x".repeat(129)}"}`, "id"],
    ['{"type":"t","agentId":"../x"}', "agentId"],
    ['{"type":"t","runId":7}', "runId"],
  ])("%s is refused at %s", (text, path) => {
    expect(refusalOf(() => command(text)).issues.map((issue) => issue.path)).toEqual([path]);
  });
});

describe("a response", () => {
  const command = (text: string) => {
    const { value, raw } = parse(text);
    return responseCommand(value, raw);
  };

  it.each([
    ['{"content":"hi"}', '{"type":"text","content":"hi"}'],
    ["{}", '{"type":"text"}'],
    ["{ }", '{"type":"text"}'],
    ['{"type":"thinking", "x":1}', '{"type":"thinking", "x":1}'],
  ])("%s is stored as %s", (text, raw) => {
    expect(command(text)).toEqual({ type: "response", id: undefined, data: JSON.parse(raw) as object, raw });
  });

  it.each([
    ['{"usage":{"inputTokens":-1}}', "usage.inputTokens"],
    ['{"usage":{"inputTokens":1.5}}', "usage.inputTokens"],
    ['{"usage":{"outputTokens":1000000001}}', "usage.outputTokens"],
    ['{"costUsd":1e400}', "costUsd"],
    ['{"costUsd":1e305}', "costUsd"],
    ['{"type":null}', "type"],
  ])("%s is refused at %s", (text, path) => {
    expect(refusalOf(() => command(text)).issues.map((issue) => issue.path)).toEqual([path]);
  });
});
