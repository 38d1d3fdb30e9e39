import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor, REDACTION_RULES, type RedactionRule } from "../src/redaction.js";

interface WithVectors extends RedactionRule {
  readonly hits: readonly { readonly text: string }[];
  readonly misses: readonly string[];
}

const rules = REDACTION_RULES.rules as readonly WithVectors[];
const redactor = createRedactor();
const redacted = (text: string): string => redactor.text(text, () => undefined);

describe("lines of JSON looked at together", () => {
  const key = "AKIAQ2W3E4R5T6Y7U8I9";
  const hidden = "[redacted:aws-access-key]";
  const credentials = rules.flatMap(({ hits, misses }) => [...hits.map(({ text }) => text), ...misses]);
  const piece = fc.oneof(
    fc.constantFrom(...credentials),
    fc.constantFrom("", " ", "\n", "\t", '"', "'", "\\", "\\n", "\0", "-", "é", "a:", "@", ","),
  );
  const text = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(""));
  const record = fc.dictionary(
    fc.oneof(text, fc.constantFrom("a", "b", "password")),
    fc.oneof(text, fc.nat()),
    {
      maxKeys: 4,
    },
  );
  const together = (lines: readonly string[]): { clean: readonly (string | undefined)[]; hits: string[] } => {
    const hits: string[] = [];
    return { clean: redactor.lines(lines, (kind) => hits.push(kind)), hits };
  };

  it("are left without what each of their strings holds", () => {
    let told = 0;
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (records) => {
        const { clean } = together(records.map((each) => JSON.stringify(each)));
        records.forEach((each, index) => {
          const line = clean[index];
          if (line === undefined) return;
          told += 1;
          const entries = Object.entries(each).map(([name, value]) => [
            redacted(name),
            typeof value === "string" ? redacted(value) : value,
          ]);
          expect(JSON.parse(line)).toEqual(Object.fromEntries(entries));
        });
      }),
      { numRuns: 1_000 },
    );
    expect(told).toBeGreaterThan(500);
  });

  it("have those apart in which a rare escape, or the name of a field, makes it hard to tell", () => {
    const lines = [
      String.raw`{"a":"\n${key}\"\\n\\\t${key}\\"}`,
      String.raw`{"a":"\u001b${key}"}`,
      '{"api_key":"x"}',
      `{"${key}":["${key}"]}`,
    ];
    const { clean, hits } = together(lines);
    const [first, , , last] = lines.map((line) => line.replaceAll(key, hidden));
    expect(clean).toEqual([first, undefined, undefined, last]);
    expect(hits).toEqual(Array(4).fill("aws-access-key"));
  });

  it("are all left to a closer look where something seems to go beyond a string", () => {
    const begin = '{"a":"-----BEGIN PRIVATE KEY-----"}';
    const { clean, hits } = together([begin, `{"a":"${key}"}`, '{"a":"-----END PRIVATE KEY-----"}']);
    expect(clean).toEqual([undefined, undefined, undefined]);
    expect(hits).toEqual([]);
  });

  it("are all left to a closer look where a configured rule may ask what is around a string", () => {
    const rule = { kind: "pin", pattern: "^[0-9]{4}$", flags: "", hints: ["1"] } as const;
    expect(createRedactor({ rules: [rule] }).lines(['{"a":"1234"}'], () => undefined)).toEqual([undefined]);
  });
});
