import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createRedactor, REDACTION_RULES, type RedactionRule } from "../src/redaction.js";

interface WithVectors extends RedactionRule {
  readonly hits: readonly { readonly text: string; readonly expected: string }[];
  readonly misses: readonly string[];
}

const rules = REDACTION_RULES.rules as readonly WithVectors[];
const MEGABYTE = 1024 * 1024;
const redactor = createRedactor();
const redacted = (text: string): string => redactor.text(text, () => undefined);

describe.each(rules.map((rule) => [rule.kind, rule] as const))("the rule for %s", (kind, rule) => {
  it.each(rule.hits)("takes the credential out of $expected", ({ text, expected }) => {
    const kinds: string[] = [];
    expect(redactor.text(text, (hit) => kinds.push(hit))).toBe(expected);
    expect(kinds).toEqual([kind]);
    expect(redactor.mayMatch(JSON.stringify(text))).toBe(true);
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
    expect(Math.max(...slowest)).toBeLessThan(1_500);
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
