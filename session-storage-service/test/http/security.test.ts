import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config.js";
import { createGate } from "../../src/http/security.js";
import { send } from "../support/raw-http.js";
import { eventCount, newSession, startTestService, type TestService } from "../support/service.js";

const DASHBOARD = "http://localhost:3000";
const FOREIGN = "http://evil.example";

let recorder: TestService;
let sessionId: string;
beforeAll(async () => {
  recorder = await startTestService({ ALLOWED_HOSTS: "recorder.internal, other.example:9000" });
  sessionId = await newSession(recorder);
});
afterAll(() => recorder.stop());

const gate = createGate(parseConfig({ ALLOWED_HOSTS: "Recorder.internal,[fd00::1]:9000,with-port:80" }));

describe("a host name", () => {
  it.each([
    "localhost",
    "localhost:9000",
    "LOCALHOST:1",
    "127.0.0.1:65535",
    "[::1]:9000",
    "[::1]",
    "localhost.:80",
    "recorder.internal:1",
    "[fd00::1]",
    "with-port:81",
  ])("%s is ours", (host) => {
    expect(gate.hostAllowed(host)).toBe(true);
  });

  it.each([
    undefined,
    "",
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example:9000",
    "evil.example:localhost",
    "localhost@evil.example",
    "[::2]",
    "::1",
    "localhost:9000:1",
    "localhost:x",
    " localhost",
    "127.0.0.2",
  ])("%s is not", (host) => {
    expect(gate.hostAllowed(host)).toBe(false);
  });

  it.each([
    ["GET", "/health"],
    ["GET", "/docs"],
    ["GET", "/api/query/stats"],
    ["POST", "/api/actions/ID"],
    ["POST", "/api/sessions/ID/batch"],
    ["POST", "/api/state/ID/goals"],
    ["OPTIONS", "/api/sessions"],
    ["GET", "/nowhere"],
  ])("that was rebound reaches nothing: %s %s", async (method, path) => {
    const answer = await send(recorder.url, {
      method,
      path: path.replace("ID", sessionId),
      headers: { Host: "evil.example:9000", "Content-Type": "application/json" },
      ...(method === "POST" ? { body: '{"type":"t","description":"d"}' } : {}),
    });
    expect(answer.status).toBe(403);
    expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "forbidden" });
    expect(await eventCount(recorder, sessionId)).toBe(1);
  });

  it("that is configured is answered", async () => {
    for (const host of ["recorder.internal", "recorder.internal:4711", "other.example"]) {
      expect((await send(recorder.url, { path: "/health", headers: { Host: host } })).status).toBe(200);
    }
  });
});

describe("a page of another origin", () => {
  it.each([
    ["POST", "/api/actions/ID", '{"type":"t"}'],
    ["POST", "/api/sessions/ID/batch", '{"events":[{"type":"action","data":{"type":"t"}}]}'],
    ["POST", "/api/state/ID/goals", '{"description":"d"}'],
    ["PATCH", "/api/state/ID", '{"phase":"p"}'],
    ["DELETE", "/api/sessions/ID", ""],
  ])("cannot write: %s %s", async (method, path, body) => {
    for (const origin of [
      FOREIGN,
      "null",
      "http://localhost:3001",
      "https://localhost:3000",
      "http://localhost:3000.evil.example",
    ]) {
      const answer = await send(recorder.url, {
        method,
        path: path.replace("ID", sessionId),
        headers: { Origin: origin, "Content-Type": "application/json" },
        body,
      });
      expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([403, undefined]);
    }
    expect(await eventCount(recorder, sessionId)).toBe(1);
  });

  it("may not see what it reads, and gets no leave by preflight", async () => {
    const read = await send(recorder.url, { path: "/api/query/recent", headers: { Origin: FOREIGN } });
    expect([read.status, read.headers["access-control-allow-origin"], read.headers.vary]).toMatchObject([
      200,
      undefined,
      expect.stringMatching(/Origin/) as string,
    ]);
    const preflight = await send(recorder.url, {
      method: "OPTIONS",
      path: "/api/sessions",
      headers: { Origin: FOREIGN, "Access-Control-Request-Method": "POST" },
    });
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("the dashboard's page", () => {
  it("may ask, read and write", async () => {
    const preflight = await send(recorder.url, {
      method: "OPTIONS",
      path: `/api/state/${sessionId}`,
      headers: {
        Origin: DASHBOARD,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "content-type,if-match",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": DASHBOARD,
      "access-control-allow-methods": "GET, HEAD, PATCH, OPTIONS",
      "access-control-allow-headers": expect.stringMatching(/Content-Type.*If-Match/) as string,
    });
    for (const origin of [DASHBOARD, "http://127.0.0.1:3000"]) {
      const read = await send(recorder.url, { path: `/api/state/${sessionId}`, headers: { Origin: origin } });
      expect([read.status, read.headers["access-control-allow-origin"]]).toEqual([200, origin]);
      expect(read.headers["access-control-expose-headers"]).toMatch(/ETag/);
      const other = await newSession(recorder);
      for (const path of [`/api/actions/${other}`, `/api/state/${other}/agents`]) {
        const headers = { Origin: origin, "Content-Type": "application/json" };
        const written = await send(recorder.url, { method: "POST", path, headers, body: '{"type":"t"}' });
        expect([written.status, written.headers["access-control-allow-origin"]]).toEqual([200, origin]);
      }
    }
  });

  it("also sees why something was refused", async () => {
    for (const path of ["/api/sessions/nowhere", "/nowhere"]) {
      const answer = await send(recorder.url, { path, headers: { Origin: DASHBOARD } });
      expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([404, DASHBOARD]);
    }
  });
});

it.each([
  ["GET", "/health"],
  ["GET", "/api/sessions/nowhere"],
  ["GET", "/nowhere"],
  ["POST", "/api/actions/nowhere"],
])("%s %s tells browsers neither to sniff nor to frame nor to keep it", async (method, path) => {
  const answer = await send(recorder.url, { method, path });
  expect(answer.headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
  });
  expect(answer.headers).not.toHaveProperty("x-powered-by");
});
