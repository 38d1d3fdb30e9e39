import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config.js";
import { RecorderError } from "../../src/domain/errors.js";
import { batchSubmission } from "../../src/http/batch.js";
import { limitsOf } from "../../src/http/limits.js";

const limits = limitsOf(parseConfig({}));
const NDJSON = "application/x-ndjson";

const readLines = (text: string, key?: string) => batchSubmission(Buffer.from(text), NDJSON, limits, key);
const readJson = (body: unknown, key?: string) => {
  return batchSubmission(Buffer.from(JSON.stringify(body)), "application/json", limits, key);
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

describe("a batch of lines", () => {
  it.each([
    ["the usual form", '{"type":"action","id":"e","data":{"type":"t", "n":1.0}}', '{"type":"t", "n":1.0}'],
    ["the usual form without an id", '{"type":"action","data":{"type":"t","n":1.0}}', '{"type":"t","n":1.0}'],
    ["blanks at the end", '{"type":"action","data":{"type":"t"} } \t\r', '{"type":"t"}'],
    ["blanks in the envelope", '{"type": "action", "data": {"type":"t", "n":1.0}}', '{"type":"t","n":1}'],
    ["another order", '{"data":{"type":"t","n":1.0},"type":"action"}', '{"type":"t","n":1}'],
    ["a field after the data", '{"type":"action","data":{"type":"t"},"more":{}}', '{"type":"t"}'],
    ["the data twice", '{"type":"action","data":{"type":"t"},"data":{"type":"u"}}', '{"type":"u"}'],
    [
      "the type again after the data",
      '{"type":"response","data":{"type":"t"},"type":"action"}',
      '{"type":"t"}',
    ],
    ["a brace in a string", '{"type":"action","data":{"type":"t","s":"}\\"}"}}', '{"type":"t","s":"}\\"}"}'],
  ])("with %s keeps or restores the data's text", (_, line, raw) => {
    const { commands } = readLines(line);
    expect(commands).toEqual([
      expect.objectContaining({ type: "action", raw, data: JSON.parse(raw) as object }),
    ]);
  });

  it("has ids with escapes, quotes and every other character", () => {
    const ids = ['a"b', "a\\b", "é", "\u0000", "x".repeat(128)];
    const lines = ids.map((id) => JSON.stringify({ type: "action", id, data: { type: "t" } }));
    expect(readLines(lines.join("\n")).commands.map(({ id }) => id)).toEqual(ids);
  });

  it("skips blank lines and takes any line end", () => {
    const line = '{"type":"action","data":{"type":"t"}}';
    expect(readLines(`\n${line}\r\n\r\n  \n${line}\n`).commands).toHaveLength(2);
  });

  it("takes a first line that says who creates and who sends", () => {
    const header =
      '{"batch":{"create":{"userId":"u","name":"n"},"producer":{"id":"p","recorded":3,"dropped":1}}}';
    const { commands, create, producer } = readLines(`${header}\n{"type":"action","data":{"type":"t"}}`);
    expect(commands).toHaveLength(1);
    expect(create).toEqual({ data: { userId: "u", name: "n", initial: {} } });
    expect(producer).toEqual({ id: "p", recorded: 3, dropped: 1 });
  });

  it.each([
    ["no event", "", "events"],
    ["a header alone", '{"batch":{}}', "events"],
    ["a second header", '{"batch":{}}\n{"batch":{}}', "events.0.type"],
    ["a header after an event", '{"type":"action","data":{"type":"t"}}\n{"batch":{}}', "events.1.type"],
    [
      "a bad header",
      '{"batch":{"create":{"userId":""}}}\n{"type":"action","data":{"type":"t"}}',
      "batch.create.userId",
    ],
    [
      "a header with a __proto__ key",
      '{"batch":{"create":{"userId":"u","initial":{"__proto__":1}}}}\n{}',
      "batch.create.initial.__proto__",
    ],
    ["a line that is no JSON", '{"type":"action","data":{"type":"t"}}\nx', "events.1"],
    ["a line that ends early", '{"type":"action","data":{"type":"t"}', "events.0"],
    ["a line that is an array", "[]", "events.0"],
    ["data that is an array", '{"type":"action","data":[]}', "events.0.data"],
    ["data that misses its type", '{"type":"action","data":{}}', "events.0.data.type"],
    ["a type of the service's own", '{"type":"session_created","data":{}}', "events.0.type"],
    [
      "an id that is too long",
      `{"type":"action","id":"${"x".repeat(129)}","data":{"type":"t"}}`,
      "events.0.id",
    ],
    ["a __proto__ key", '{"type":"state_updated","data":{"a":{"__proto__":1}}}', "events.0.data.a.__proto__"],
    [
      "a state patch that names agents",
      '{"type":"state_updated","data":{"agents":{}}}',
      "events.0.data.agents",
    ],
  ])("with %s is refused at its path", (_, text, path) => {
    expect(refusalOf(() => readLines(text)).issues.map((issue) => issue.path)).toContain(path);
  });

  it("names every bad event, not only the first", () => {
    const good = '{"type":"action","data":{"type":"t"}}';
    const refusal = refusalOf(() =>
      readLines(
        [good, '{"type":"action","data":{}}', good, "x", '{"type":"goal_updated","data":{}}'].join("\n"),
      ),
    );
    expect(refusal.issues.map(({ path }) => path)).toEqual([
      "events.1.data.type",
      "events.3",
      "events.4.data.goalId",
    ]);
    expect(refusal.message).toMatch(/^events\.1\.data\.type: .* \(and 2 more\)$/);
  });

  it("refuses an event that is too large, and more events than a batch may have", () => {
    const large = JSON.stringify({
      type: "action",
      data: { type: "t", text: "x".repeat(limits.eventBytes) },
    });
    expect(refusalOf(() => readLines(large))).toMatchObject({
      code: "payload_too_large",
      issues: [{ path: "events.0.data" }],
    });
    const line = '{"type":"action","data":{"type":"t"}}\n';
    expect(readLines(line.repeat(1_000)).commands).toHaveLength(1_000);
    expect(refusalOf(() => readLines(line.repeat(1_001))).issues).toEqual([
      { path: "events", message: "must hold at most 1000 events" },
    ]);
  });
});

describe("a batch of JSON", () => {
  it.each([
    ["no events", {}, "events"],
    ["an empty list", { events: [] }, "events"],
    ["an event that is none", { events: [7] }, "events.0"],
    ["an unknown type", { events: [{ type: "x", data: {} }] }, "events.0.type"],
    ["bad data", { events: [{ type: "action", data: { type: "t", agentId: 1 } }] }, "events.0.data.agentId"],
    ["a bad producer", { events: [], producer: { id: "p", recorded: -1, dropped: 0 } }, "producer.recorded"],
  ])("with %s is refused at its path", (_, body, path) => {
    expect(refusalOf(() => readJson(body)).issues.map((issue) => issue.path)).toContain(path);
  });

  it("is refused in any other content type", () => {
    for (const type of [undefined, "text/plain", "application/json; charset=latin1"]) {
      expect(refusalOf(() => batchSubmission(Buffer.from("{}"), type, limits)).code).toBe(
        "unsupported_media_type",
      );
    }
  });
});

describe("an idempotency key", () => {
  const events = [
    { type: "action", data: { type: "t" } },
    { type: "action", id: "own", data: { type: "t" } },
  ];

  it("gives each event without an id one of its own, the same each time", () => {
    const ids = readJson({ events }, "k").commands.map(({ id }) => id);
    expect(ids).toEqual(["k#0", "own"]);
    expect(
      readLines(events.map((event) => JSON.stringify(event)).join("\n"), "k").commands.map(({ id }) => id),
    ).toEqual(ids);
  });

  it("is a single event's id, and never makes an id longer than ids are", () => {
    const long = "k".repeat(128);
    expect(readJson({ events: events.slice(0, 1) }, long).commands[0]?.id).toBe(long);
    expect(readJson({ events }, long).commands[0]?.id?.length).toBeLessThanOrEqual(128);
  });
});

it("means the same as lines and as JSON, and keeps the text of any data in lines", () => {
  const data = fc
    .dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 })
    .filter((value) => !JSON.stringify(value).includes("__proto__"))
    .map((value): object => ({
      ...value,
      goals: undefined,
      agents: undefined,
      version: undefined,
      seq: undefined,
      $schema: undefined,
    }));
  const event = fc.record({
    type: fc.constant("state_updated"),
    id: fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
    data: data.map((value) => JSON.parse(JSON.stringify(value)) as object),
  });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 4 }), (events) => {
      const lines = readLines(events.map((each) => JSON.stringify(each)).join("\n"));
      expect(lines.commands).toEqual(readJson({ events }).commands);
      expect(lines.commands.map(({ raw }) => raw)).toEqual(events.map((each) => JSON.stringify(each.data)));
    }),
  );
});
