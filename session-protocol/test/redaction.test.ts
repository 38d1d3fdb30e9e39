import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor, REDACTION_RULES, type RedactionRule } from "../src/redaction.js";

interface WithVectors extends RedactionRule {
  readonly hits: readonly { readonly text: string; readonly expected: string }[];
  readonly misses: readonly string[];
}

const rules = REDACTION_RULES.rules as readonly WithVectors[];
const MEGABYTE = 1024 * 1024;
/** Far more than any machine needs for a megabyte, and far less than it would need for its square. */
const QUADRATIC_MS = 30_000;
const redactor = createRedactor();
const redacted = (text: string): string => redactor.text(text, () => undefined);

describe.each(rules.map((rule) => [rule.kind, rule] as const))("the rule for %s", (kind, rule) => {
  it.each(rule.hits)("takes the credential out of $expected", ({ text, expected }) => {
    const kinds: string[] = [];
    expect(redactor.text(text, (hit) => kinds.push(hit))).toBe(expected);
    expect(kinds).toEqual([kind]);
    expect(redactor.mayMatch(JSON.stringify({ text }))).toBe(true);
    expect(redactor.mayMatch(text)).toBe(true);
    expect(redacted(expected)).toBe(expected);
  });

  it.each(rule.misses)("leaves %j alone", (text) => {
    expect(redacted(text)).toBe(text);
  });

  it("has a hint in every hit", () => {
    const fold = (text: string): string => (rule.flags === "i" ? text.toLowerCase() : text);
    for (const { text } of rule.hits)
      expect(rule.hints.some((hint) => fold(text).includes(fold(hint)))).toBe(true);
  });

  it("takes time linear in the text", () => {
    const beginnings = [...rule.hints, ...rule.hits.map(({ text }) => text)].flatMap((text) =>
      [text, `${text}-`, `${text.slice(0, -1)} `, text.slice(0, text.length / 2), `${text}=:"`].filter(
        Boolean,
      ),
    );
    const slowest = beginnings.map((start) => {
      const strings = [
        start.repeat(MEGABYTE / start.length),
        start + "a".repeat(MEGABYTE),
        start + "a-".repeat(MEGABYTE / 2),
      ];
      return Math.max(...strings.map(timedMs));
    });
    expect(Math.max(...slowest)).toBeLessThan(QUADRATIC_MS);
  });
});

function timedMs(text: string): number {
  const startedMs = performance.now();
  redacted(text);
  return performance.now() - startedMs;
}

describe("createRedactor", () => {
  it("knows fields by their names, however these are written", () => {
    expect(redactor.fieldKind("Proxy-Authorization")).toBe("authorization");
    expect(redactor.fieldKind("client_secret")).toBe("secret");
    expect(redactor.fieldKind("author")).toBeUndefined();
    expect(redactor.mayMatch('{"Client_Secret":"x"}')).toBe(true);
  });

  it("sees nothing in what agents usually record", () => {
    const text = '{"type":"tool_call","tool":"Bash","input":{"command":"ls -la src"},"output":"total 4"}';
    expect(redactor.mayMatch(text)).toBe(false);
  });

  it("applies configured rules after the common ones", () => {
    const own = createRedactor({
      rules: [{ kind: "booking", pattern: "BK-[0-9]{6}", flags: "", hints: ["BK-"] }],
      fields: [{ kind: "pin", names: ["pin_code"] }],
    });
    expect(own.text("BK-123456, AKIAQ2W3E4R5T6Y7U8I9", () => undefined)).toBe(
      "[redacted:booking], [redacted:aws-access-key]",
    );
    expect(own.mayMatch('"BK-1"')).toBe(true);
    expect(own.fieldKind("PIN-CODE")).toBe("pin");
  });
});

describe("a look at JSON text", () => {
  const credentials = rules.flatMap(({ hits }) => hits.map(({ text }) => text));
  const lookalikes = rules.flatMap(({ misses }) => misses);
  const names = REDACTION_RULES.fields.flatMap((field) => field.names);
  const ends = [
    "",
    " ",
    "\n",
    "\t",
    "\b",
    "/",
    "\\",
    "\\\\",
    '"',
    "'",
    "=",
    "é",
    "\u00a0",
    "\u0001",
    "\ud800",
    "😀",
  ];
  const textBetween = fc.oneof(
    fc.constantFrom(...lookalikes, "task-", "https://", "a:b@", "\u212a"),
    fc.constantFrom(...credentials).chain((text) => fc.nat(text.length).map((end) => text.slice(0, end))),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  const piece = fc.oneof(fc.constantFrom(...credentials), fc.constantFrom(...ends), textBetween);
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
  const name = fc.oneof(text, fc.constantFrom(...names).map(dressed));
  /** How its characters are escaped, by turns: as `JSON.stringify` does, or some of them otherwise. */
  const escapes = fc.oneof(fc.constant([0]), fc.array(fc.nat(9), { minLength: 1, maxLength: 7 }));

  const patterns = rules.map(({ pattern, flags }) => new RegExp(pattern, flags));
  const isHit = (plain: string): boolean => patterns.some((pattern) => pattern.test(plain));
  const isFound = (key: string, value: string): boolean =>
    isHit(key) || isHit(value) || redactor.fieldKind(key) !== undefined;

  function expectSeen(key: string, value: string, ways: readonly number[]): void {
    const json = `{"a":[{${encoded(key, ways)} :${encoded(value, ways)}}]}`;
    expect(JSON.parse(json)).toEqual({ a: [{ [key]: value }] });
    expect([json, redactor.mayMatch(json)]).toEqual([json, true]);
    expect(redacted(value) !== value).toBe(isHit(value));
  }

  it("misses no credential, whatever it stands next to", () => {
    let seen = 0;
    const around = ends.flatMap((before) => ends.map((after) => [before, after] as const));
    for (const credential of credentials)
      for (const [before, after] of around) {
        const value = before + credential + after;
        if (!isFound("k", value)) continue;
        seen += 1;
        expectSeen("k", value, [0]);
        expectSeen("k", value, [2]);
      }
    expect(seen).toBeGreaterThan((credentials.length * around.length) / 2);
  });

  it("misses no credential of which a character is escaped", () => {
    for (const credential of credentials)
      for (let at = 0; at < credential.length; at += 1)
        expectSeen("k", credential, [
          ...Array<number>(at).fill(0),
          1,
          ...Array<number>(credential.length).fill(0),
        ]);
  });

  it("misses nothing that the rules find, however it is escaped", () => {
    fc.assert(
      fc.property(name, text, escapes, (key, value, ways) => {
        fc.pre(isFound(key, value));
        expectSeen(key, value, ways);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['{"password":"x"}', true],
    ['{"text":"the password it had"}', false],
    ['{"url":"https://example.org/a:b"}', false],
    ['{"id":"task-17","package":"sk-learn"}', false],
    [String.raw`{"p\u0061ssword":"x"}`, true],
    [String.raw`{"url":"redis:\/\/:pw@cache"}`, true],
    [String.raw`{"text":"caf\u00e9 \u001b[0m"}`, false],
    [String.raw`{"code":"/^\\/api/"}`, false],
  ])("of %s says %s", (json, may) => {
    expect(redactor.mayMatch(json)).toBe(may);
  });

  it("takes time linear in the text", () => {
    const starts = [
      ...rules.flatMap((rule) => rule.hints),
      "://a:",
      "sk-",
      "\\",
      String.raw`\/`,
      "secret_access_key",
    ];
    const slowest = starts.map((start) => {
      const startedMs = performance.now();
      redactor.mayMatch(`{"${start.repeat(MEGABYTE / start.length)}`);
      redactor.mayMatch(`{"${start}${"a".repeat(MEGABYTE)}`);
      return performance.now() - startedMs;
    });
    expect(Math.max(...slowest)).toBeLessThan(QUADRATIC_MS);
  });
});

/** A field's name as others might write it. */
function dressed(fieldName: string): string {
  return fieldName.replaceAll("-", "_").toUpperCase();
}

/** A string as JSON text, each character in one of the ways it may be written, by turns. */
function encoded(text: string, ways: readonly number[]): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charAt(index));
  const written = units.map((unit, index) => {
    const way = ways[index % ways.length];
    if (way === 1) return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
    if (way === 2 && unit === "/") return "\\/";
    const plain = JSON.stringify(unit).slice(1, -1);
    return plain.startsWith("\\ud") ? unit : plain;
  });
  return `"${written.join("")}"`;
}

it("means the same to Python", () => {
  const file = fileURLToPath(new URL("../redaction/rules.json", import.meta.url));
  const script = `
import json, re, sys
shared = json.load(open(sys.argv[1], encoding="utf-8"))["rules"]
compiled = [(rule, re.compile(rule["pattern"], re.I if rule["flags"] == "i" else 0)) for rule in shared]
def redacted(text):
    for rule, pattern in compiled:
        keep = r"\\g<1>" if pattern.groups else ""
        text = pattern.sub(keep + "[redacted:" + rule["kind"] + "]", text)
    return text
for rule, pattern in compiled:
    for hit in rule["hits"]:
        assert redacted(hit["text"]) == hit["expected"], (rule["kind"], hit, redacted(hit["text"]))
    for miss in rule["misses"]:
        assert redacted(miss) == miss, (rule["kind"], miss, redacted(miss))
print(sum(len(rule["hits"]) + len(rule["misses"]) for rule in shared))
`;
  const checked = execFileSync("python3", ["-c", script, file], { encoding: "utf8" });
  const vectors = rules.map(({ hits, misses }) => hits.length + misses.length);
  expect(Number(checked)).toBe(vectors.reduce((sum, count) => sum + count));
});
