import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Problem } from "session-protocol";
import { send, type RawAnswer } from "../support/raw-http.js";
import { eventCount, newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
let sessionId: string;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

beforeEach(async () => {
  sessionId = await newSession(recorder);
});
/** Whatever was sent: nothing is stored, and the process serves on. */
afterEach(async () => {
  expect(await eventCount(recorder, sessionId)).toBe(1);
  await recorder.http.get("/health/ready").expect(200);
});

const MIB = 1_048_576;
const JSON_HEADERS = { "Content-Type": "application/json" };

/** One route that skips express and two that do not. */
const ROUTES = [
  ["POST", "/api/actions/ID"],
  ["POST", "/api/state/ID/goals"],
  ["PATCH", "/api/state/ID"],
] as const;

const request = (
  method: string,
  path: string,
  body: string | Buffer,
  headers: object = JSON_HEADERS,
): Promise<RawAnswer> => {
  return send(recorder.url, { method, path: path.replace("ID", sessionId), headers: { ...headers }, body });
};

function problemOf(answer: RawAnswer): Problem {
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(answer.body).not.toMatch(/node_modules|\.[jt]s:\d+|\n\s+at /);
  const problem = Problem.parse(JSON.parse(answer.body));
  expect(problem.status).toBe(answer.status);
  return problem;
}

const keys = (count: number): string =>
  Array.from({ length: count }, (_, index) => `"k${String(index)}":0`).join(",");
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}0${"}".repeat(levels)}`;
const REQUIRED = '"type":"t","description":"d"';

it.each(ROUTES.filter(([method]) => method === "POST"))("%s %s refuses no body", async (method, path) => {
  expect(problemOf(await request(method, path, ""))).toMatchObject({
    code: "invalid_request",
    errors: [{ path: "" }],
  });
});

describe.each(ROUTES)("%s %s refuses", (method, path) => {
  it.each([
    ["malformed JSON", `{${REQUIRED},`, 400, "invalid_request", ""],
    ["a blank body", " ", 400, "invalid_request", ""],
    ["an array", "[]", 400, "invalid_request", ""],
    ["a string", '"x"', 400, "invalid_request", ""],
    ["a __proto__ key", `{${REQUIRED},"__proto__":{"x":1}}`, 400, "invalid_request", "__proto__"],
    [
      "a nested __proto__ key",
      `{${REQUIRED},"a":[0,{"__proto__":1}]}`,
      400,
      "invalid_request",
      "a.1.__proto__",
    ],
    [
      "nesting beyond 64",
      `{${REQUIRED},"x":${deep(64)}}`,
      400,
      "invalid_request",
      ["x", ...Array<string>(63).fill("a")].join("."),
    ],
    [
      "nesting of 100,000",
      `{${REQUIRED},"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      400,
      "invalid_request",
      ["x", ...Array<string>(63).fill("0")].join("."),
    ],
    ["100,000 keys", `{${REQUIRED},${keys(100_000)}}`, 400, "invalid_request", ""],
    ["an event over 1 MiB", `{${REQUIRED},"x":"${"x".repeat(1_048_576)}"}`, 413, "payload_too_large", ""],
    ["a body over 10 MiB", `{${REQUIRED},"x":"${"x".repeat(10_485_760)}"}`, 413, "payload_too_large", ""],
  ])("%s", async (_, body, status, code, place) => {
    const problem = problemOf(await request(method, path, body));
    expect(problem).toMatchObject({ status, code, errors: [{ path: place }] });
  });

  it("bytes that are not UTF-8", async () => {
    const body = Buffer.concat([
      Buffer.from(`{${REQUIRED},"x":"`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    expect(problemOf(await request(method, path, body))).toMatchObject({
      status: 400,
      detail: "is not valid UTF-8",
    });
  });

  it.each([
    undefined,
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "application/jsonx",
  ])("content type %s", async (type) => {
    const answer = await request(
      method,
      path,
      `{${REQUIRED}}`,
      type === undefined ? {} : { "Content-Type": type },
    );
    expect(problemOf(answer)).toMatchObject({ status: 415, code: "unsupported_media_type" });
    expect(answer.headers.accept).toMatch(/application\/json/);
  });

  it.each([
    ["../../etc/passwd", 404],
    ["..%2f..%2fetc%2fpasswd", 400],
    ["%2e%2e", 400],
    ["a%2Fb", 400],
    ["a%00b", 400],
    ["caf%C3%A9", 400],
    ["%F0%9F%98%80", 400],
    ["%ff", 400],
    ["%", 400],
    ["a b".replace(" ", "%20"), 400],
    ["x".repeat(129), 400],
    [".hidden", 400],
    ["a..b", 400],
  ])("the session id %s", async (id, status) => {
    const answer = await request(method, path.replace("ID", id), `{${REQUIRED}}`);
    const problem = problemOf(answer);
    expect(problem.status).toBe(status);
    if (status === 400 && !["%ff", "%"].includes(id)) expect(problem.errors?.[0]?.path).toBe("sessionId");
  });

  it("an unknown session", async () => {
    const answer = await request(method, path.replace("ID", "nowhere"), `{${REQUIRED}}`);
    expect(problemOf(answer)).toMatchObject({ status: 404, code: "session_not_found" });
  });

  it.each(["", "x".repeat(129)])("an idempotency key of %j", async (key) => {
    const answer = await request(method, path, `{${REQUIRED}}`, { ...JSON_HEADERS, "Idempotency-Key": key });
    expect(problemOf(answer)).toMatchObject({ status: 400, errors: [{ path: "Idempotency-Key" }] });
  });
});

describe("a batch refuses", () => {
  const good = '{"type":"action","data":{"type":"t"}}';

  it.each([
    ["one bad event", `{"events":[${good},{"type":"action","data":{}},${good}]}`, "events.1.data.type"],
    [
      "a __proto__ key",
      `{"events":[${good},{"type":"action","data":{"type":"t","x":{"__proto__":1}}}]}`,
      "events.1.data.x.__proto__",
    ],
    [
      "deep nesting",
      `{"events":[{"type":"action","data":{"type":"t","x":${deep(64)}}}]}`,
      ["events.0.data.x", ...Array<string>(63).fill("a")].join("."),
    ],
    ["100,000 keys", `{"events":[{"type":"action","data":{"type":"t",${keys(100_000)}}}]}`, "events.0.data"],
    [
      "deep nesting where nobody looks",
      `{"junk":${deep(70)},"events":[${good}]}`,
      ["junk", ...Array<string>(65).fill("a")].join("."),
    ],
    ["more events than allowed", `{"events":[${Array(1_001).fill(good).join(",")}]}`, "events"],
  ])("%s in JSON", async (_, body, place) => {
    expect(problemOf(await request("POST", "/api/sessions/ID/batch", body))).toMatchObject({
      status: 400,
      errors: [{ path: place }],
    });
  });

  it.each([
    ["one bad event", `${good}\n{"type":"action","data":{}}\n${good}`, "events.1.data.type"],
    ["a line cut short", `${good}\n{"type":"action","data":{"type":"t"`, "events.1"],
    ["a __proto__ key", `{"type":"action","data":{"type":"t","__proto__":{}}}`, "events.0.data.__proto__"],
    ["100,000 keys", `{"type":"action","data":{"type":"t",${keys(100_000)}}}`, "events.0.data"],
  ])("%s in NDJSON", async (_, body, place) => {
    const answer = await request("POST", "/api/sessions/ID/batch", body, {
      "Content-Type": "application/x-ndjson",
    });
    expect(problemOf(answer)).toMatchObject({ status: 400, errors: [{ path: place }] });
  });

  it("another content type", async () => {
    const answer = await request("POST", "/api/sessions/ID/batch", good, { "Content-Type": "text/plain" });
    expect([problemOf(answer).code, answer.headers.accept]).toEqual([
      "unsupported_media_type",
      "application/json, application/x-ndjson",
    ]);
  });
});

it.each(ROUTES)(
  "%s %s cuts a body of untold length at the limit, and the sender reads why",
  async (method, path) => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += MIB;
        if (sent > 30 * MIB) controller.close();
        else controller.enqueue(new Uint8Array(MIB).fill(32));
      },
    });
    const init: RequestInit = { method, headers: JSON_HEADERS, body: endless, duplex: "half" };
    const answer = await fetch(recorder.url + path.replace("ID", sessionId), init);
    expect([answer.status, await answer.json()]).toMatchObject([413, { code: "payload_too_large" }]);
  },
);

it.each(ROUTES)(
  "%s %s is not harmed by a client that hangs up in the middle of its body",
  async (method, path) => {
    const socket = connect(recorder.service.port, "127.0.0.1");
    const head = `${method} ${path.replace("ID", sessionId)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json`;
    await new Promise((resolve) => socket.write(`${head}\r\nContent-Length: 100\r\n\r\n{"type":`, resolve));
    await recorder.http.get("/health").expect(200);
    socket.destroy();
    await recorder.http.get("/health").expect(200);
    expect(recorder.logged.filter((line) => (JSON.parse(line) as { level: number }).level >= 40)).toEqual([]);
  },
);

it("an unforeseen error is a 500 that tells nothing, and is in the log with its stack", async () => {
  const { recorder: parts } = recorder.service;
  const stats = parts.index.stats.bind(parts.index);
  parts.index.stats = () => Promise.reject(new Error("the secret reason"));
  try {
    const answer = await send(recorder.url, { path: "/api/query/stats" });
    const problem = problemOf(answer);
    expect(problem).toMatchObject({ status: 500, code: "internal" });
    expect(answer.body).not.toContain("secret");
    const line = recorder.logged.find((each) => each.includes("the secret reason")) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      level: 50,
      req: { id: answer.headers["x-request-id"] },
      err: { stack: expect.stringContaining("bad-input") as string },
    });
  } finally {
    parts.index.stats = stats;
  }
});

it("answers what is no HTTP with a problem document", async () => {
  const { hostname, port } = new URL(recorder.url);
  const socket = connect(Number(port), hostname);
  socket.end("GARBAGE\r\n\r\n");
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const [head = "", body = ""] = Buffer.concat(chunks).toString("utf8").split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 400 [^]*application\/problem\+json/);
  expect(Problem.parse(JSON.parse(body)).code).toBe("invalid_request");
});
