import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { z } from "zod";
import type { OpenApiDocument, OpenApiOperation } from "../../src/http/openapi.js";
import type { JsonSchema } from "../../src/http/openapi-schemas.js";
import { send, type RawAnswer, type RawRequest } from "../support/raw-http.js";
import { valuesOf } from "../support/schema-values.js";
import { startTestService } from "../support/service.js";

const recorder = await startTestService({ EVENT_LIMIT_BYTES: "4096", NESTING_LIMIT: "8", KEYS_LIMIT: "64" });
const document = (await recorder.http.get("/openapi.json")).body as OpenApiDocument;
const { schemas } = document.components;
const operations = Object.entries(document.paths).flatMap(([path, methods]) => {
  return Object.entries(methods).map(
    ([method, operation]) => [method.toUpperCase(), path, operation] as const,
  );
});
afterAll(() => recorder.stop());

const RUNS = 30;
/** Tried further where chance has let none of those succeed. */
const MORE_RUNS = 500;
const SESSION = "fuzzed";

/** Ids that exist, ids that might, and anything else. */
const PATH_VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  sessionId: fc.oneof(
    { weight: 8, arbitrary: fc.constant(SESSION) },
    fc.constant("nowhere"),
    fc.string({ unit: "binary", minLength: 1 }),
  ),
  goalId: fc.oneof({ weight: 4, arbitrary: fc.constant("g1") }, fc.string({ minLength: 1 })),
  agentId: fc.oneof({ weight: 4, arbitrary: fc.constant("a1") }, fc.string({ minLength: 1 })),
  runId: fc.oneof({ weight: 4, arbitrary: fc.constant("r1") }, fc.string({ minLength: 1 })),
  projectKey: fc.oneof({ weight: 4, arbitrary: fc.constant("-work-p") }, fc.string({ minLength: 1 })),
  transcriptSessionId: fc.oneof({ weight: 8, arbitrary: fc.constant("t1") }, fc.string({ minLength: 1 })),
  userId: fc.oneof(fc.constant("u"), fc.string({ unit: "binary", minLength: 1 })),
};

/** Events that exist, which numbers at large would seldom name. */
const SEQS = fc.constantFrom("1", "2", "3");
const QUERY_VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  from: SEQS,
  to: SEQS,
  atSeq: SEQS,
  runId: fc.constant("r1"),
};

const HEADER_VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "Idempotency-Key": fc.oneof(fc.constantFrom("k1", "k2"), fc.stringMatching(/^[\x21-\x7e]{0,130}$/)),
  "If-Match": fc.constantFrom("*", "1", '"2"', 'W/"3"', "x", ""),
  "Last-Event-ID": fc.constantFrom("0", "1", "99999", "-1", "x"),
};

const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

function targetOf(path: string, { parameters }: OpenApiOperation): fc.Arbitrary<string> {
  const query = parameters
    .filter((parameter) => parameter.in === "query")
    .map(({ name, schema }) => {
      const fitting = valuesOf(schema, schemas).map(String);
      const likely = QUERY_VALUES[name] ?? fitting;
      const values = fc.oneof({ weight: 4, arbitrary: likely }, fitting, fc.string({ unit: "binary" }));
      return sometimes(values.map((value) => `${name}=${encode(value)}`));
    });
  const filled = fc
    .record(PATH_VALUES)
    .map((values) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(values[name] ?? "")));
  return fc.tuple(filled, fc.tuple(...query)).map(([target, pairs]) => {
    const text = pairs.filter((pair) => pair !== undefined).join("&");
    return text === "" ? target : `${target}?${text}`;
  });
}

/** Percent-encoded, lone surrogates and all. */
function encode(text: string): string {
  return Buffer.from(text, "utf8").reduce((encoded, byte) => {
    const character = String.fromCharCode(byte);
    return encoded + (/[\w.-]/.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`);
  }, "");
}

interface SentBody {
  readonly type: string | undefined;
  readonly body: string;
}

function bodyOf({ requestBody }: OpenApiOperation): fc.Arbitrary<SentBody> {
  if (requestBody === undefined) return fc.constant({ type: undefined, body: "" });
  const forms = Object.entries(requestBody.content).map(([type, { schema }]) => {
    const fitting = type.includes("ndjson")
      ? ndjsonBatches()
      : valuesOf(schema, schemas).map((value) => JSON.stringify(value));
    const broken = fc.oneof(
      fc.json({ maxDepth: 12 }),
      fc.string(),
      fc.constant(""),
      fitting.map((text) => text.slice(0, -2)),
    );
    const body = fc.oneof({ weight: 6, arbitrary: fitting }, broken);
    const sentType = fc.oneof(
      { weight: 9, arbitrary: fc.constant(type) },
      fc.constantFrom(undefined, "text/plain"),
    );
    return fc.record({ type: sentType, body });
  });
  return fc.oneof(...forms);
}

function ndjsonBatches(): fc.Arbitrary<string> {
  const event = valuesOf({ $ref: "#/components/schemas/BatchEvent" }, schemas);
  const header = valuesOf({ $ref: "#/components/schemas/BatchHeader" }, schemas).map((batch) => ({ batch }));
  return fc
    .tuple(sometimes(header), fc.array(event, { minLength: 1, maxLength: 4 }))
    .map(([first, events]) => {
      return [...(first === undefined ? [] : [first]), ...events]
        .map((line) => JSON.stringify(line))
        .join("\n");
    });
}

function requestsFor(method: string, path: string, operation: OpenApiOperation): fc.Arbitrary<RawRequest> {
  const names = operation.parameters.filter((parameter) => parameter.in === "header").map(({ name }) => name);
  const headers = fc.tuple(
    ...names.map((name) =>
      sometimes(HEADER_VALUES[name] ?? fc.constant("")).map((value) => [name, value] as const),
    ),
  );
  return fc
    .record({ target: targetOf(path, operation), headers, sent: bodyOf(operation) })
    .map(({ target, headers: pairs, sent }) => {
      const all = Object.fromEntries(
        [...pairs, ["Content-Type", sent.type] as const].filter(([, value]) => value !== undefined),
      );
      return { method, path: target, headers: all, body: sent.body };
    });
}

/** JSON Schemas look for what they refer to under `$defs`. */
function validatorOf(schema: JsonSchema): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: schemas }).replaceAll("#/components/schemas/", "#/$defs/");
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
}

function expectDocumented({ responses }: OpenApiOperation, { status, headers, body }: RawAnswer): void {
  expect(Object.keys(responses)).toContain(String(status));
  expect(status).not.toBe(500);
  const content = responses[String(status)]?.content;
  if (content === undefined) {
    expect(body).toBe("");
    return;
  }
  const type = headers["content-type"]?.split(";", 1)[0] ?? "";
  expect(Object.keys(content)).toContain(type);
  if (type.endsWith("json") && !type.includes("ndjson")) {
    const parsed = validatorOf(content[type]?.schema ?? {}).safeParse(JSON.parse(body));
    expect(parsed.error?.issues ?? [], body).toEqual([]);
  }
}

async function makeSure(): Promise<void> {
  const post = (path: string, body: object) => recorder.http.post(path).send(body);
  await post("/api/sessions", { sessionId: SESSION, userId: "u", initial: {} });
  await post(`/api/sessions/${SESSION}/resume`, {});
  await post(`/api/state/${SESSION}/goals`, { id: "g1", description: "d" });
  await post(`/api/state/${SESSION}/agents`, { agentId: "a1", type: "t" });
  await post(`/api/sessions/${SESSION}/runs`, { runId: "r1", agentId: "a1" });
  await post("/api/transcripts/-work-p/t1", { entries: [{ uuid: "u1" }] });
}

it.each(operations)(
  "%s %s answers nothing it does not document, whatever it is asked",
  async (method, path, operation) => {
    const requests = requestsFor(method, path, operation);
    const statuses = new Map<number, number>();
    const ask = async (request: RawRequest): Promise<void> => {
      if (method !== "GET" || statuses.size === 0) await makeSure();
      const answer = await send(recorder.url, request);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      expectDocumented(operation, answer);
    };
    const hasSucceeded = (): boolean => [...statuses.keys()].some((status) => status < 300);
    await fc.assert(fc.asyncProperty(requests, ask), { numRuns: RUNS });
    for (const request of fc.sample(requests, MORE_RUNS)) if (!hasSucceeded()) await ask(request);
    expect(hasSucceeded(), JSON.stringify([...statuses])).toBe(true);
  },
);

it("is unharmed afterwards: every session is whole and nothing was logged as an error", async () => {
  const { sessions } = (await recorder.http.get("/api/sessions?limit=1000").expect(200)).body as {
    sessions: { sessionId: string }[];
  };
  for (const { sessionId } of sessions) {
    const verdict = (await recorder.http.get(`/api/sessions/${sessionId}/verify`).expect(200)).body as {
      missing: number[];
    };
    expect(verdict.missing).toEqual([]);
  }
  expect(recorder.logged.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
});
