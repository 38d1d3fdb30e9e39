import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/raw-http.js";
import { newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
let sessionId: string;
beforeAll(async () => {
  recorder = await startTestService({ BODY_LIMIT_BYTES: "2000000" });
  sessionId = await newSession(recorder);
});
afterAll(() => recorder.stop());

describe("a path", () => {
  it.each([
    "/nowhere",
    "/api",
    "/api/nowhere",
    "/api/v2/sessions",
    "/api/v1/nowhere",
    "/API/sessions",
    "/api/sessions/a/b/c/d",
    "/health/more",
  ])("%s that leads nowhere is a 404", async (path) => {
    const answer = await recorder.http.get(path);
    expect([answer.status, answer.body]).toMatchObject([
      404,
      { code: "route_not_found", type: "/docs#route_not_found", status: 404 },
    ]);
  });

  it("is the same under /api and /api/v1", async () => {
    for (const api of ["/api", "/api/v1"]) {
      await recorder.http.get(`${api}/sessions/${sessionId}`).expect(200);
      await recorder.http.post(`${api}/actions/${sessionId}`).send({ type: "t" }).expect(200);
      const created = await recorder.http
        .post(`${api}/sessions`)
        .send({ userId: "u", initial: {} })
        .expect(201);
      expect(created.headers.location).toBe(
        `${api}/sessions/${(created.body as { sessionId: string }).sessionId}`,
      );
    }
  });

  it("may end in a slash and have a query", async () => {
    await recorder.http.get("/health/").expect(200);
    await recorder.http.get("/health/live?x=1").expect(200);
    await recorder.http.post(`/api/actions/${sessionId}/?x=1`).send({ type: "t" }).expect(200);
  });
});

describe("a method", () => {
  it.each([
    ["PUT", "/api/sessions", "GET, HEAD, POST, OPTIONS"],
    ["GET", "/api/sessions/x/batch", "POST, OPTIONS"],
    ["POST", "/api/sessions/x", "GET, HEAD, DELETE, OPTIONS"],
    ["DELETE", "/api/actions/x", "GET, HEAD, POST, OPTIONS"],
    ["GET", "/api/state/x/goals/g", "PATCH, OPTIONS"],
    ["POST", "/api/v1/state/x", "GET, HEAD, PATCH, OPTIONS"],
    ["POST", "/health", "GET, HEAD, OPTIONS"],
    ["TRACE", "/metrics", "GET, HEAD, OPTIONS"],
    ["PUT", "/api/sessions/user/metadata", "GET, HEAD, PATCH, OPTIONS"],
  ])("%s %s is refused with what is allowed", async (method, path, allowed) => {
    const answer = await send(recorder.url, { method, path });
    expect(answer.status).toBe(405);
    expect((answer.headers.allow ?? "").split(", ").sort()).toEqual(allowed.split(", ").sort());
    expect(JSON.parse(answer.body)).toMatchObject({ code: "method_not_allowed" });
  });

  it("HEAD answers as GET would, without a body", async () => {
    for (const path of [
      "/health",
      `/api/state/${sessionId}`,
      `/api/sessions/${sessionId}`,
      `/api/sessions/${sessionId}/events`,
      "/docs",
    ]) {
      const answer = await send(recorder.url, { method: "HEAD", path });
      expect([answer.status, answer.body], path).toEqual([200, ""]);
    }
    const missing = await send(recorder.url, { method: "HEAD", path: "/api/sessions/nowhere" });
    expect([missing.status, missing.body]).toEqual([404, ""]);
  });

  it("OPTIONS tells what a path takes", async () => {
    const answer = await send(recorder.url, { method: "OPTIONS", path: `/api/state/${sessionId}` });
    expect([answer.status, answer.headers.allow, answer.body]).toEqual([
      204,
      "GET, HEAD, PATCH, OPTIONS",
      "",
    ]);
    expect((await send(recorder.url, { method: "OPTIONS", path: "/nowhere" })).status).toBe(404);
  });

  it("reaches a session whose id reads like another route", async () => {
    await recorder.http
      .post("/api/sessions")
      .send({ sessionId: "user", userId: "u", initial: {} })
      .expect(201);
    await recorder.http
      .post("/api/sessions/user/batch")
      .send({ events: [{ type: "action", data: { type: "t" } }] })
      .expect(200);
    await recorder.http.patch("/api/sessions/user/metadata").send({ name: "n" }).expect(200);
    expect((await recorder.http.get("/api/sessions/user").expect(200)).body).toMatchObject({
      metadata: { name: "n" },
    });
  });
});

describe("compression", () => {
  it("of answers is for the large, and for who asks", async () => {
    const large = { path: "/openapi.json", headers: { "Accept-Encoding": "gzip" } };
    expect((await send(recorder.url, large)).headers["content-encoding"]).toBe("gzip");
    expect(
      (await send(recorder.url, { ...large, headers: { "Accept-Encoding": "identity" } })).headers[
        "content-encoding"
      ],
    ).toBeUndefined();
    expect(
      (await send(recorder.url, { ...large, path: "/health/live" })).headers["content-encoding"],
    ).toBeUndefined();
  });

  it("of NDJSON gives the same bytes", async () => {
    const other = await newSession(recorder);
    const events = Array.from({ length: 500 }, (_, index) => ({
      type: "action",
      data: { type: "t", index, text: "é".repeat(100) },
    }));
    await recorder.http.post(`/api/sessions/${other}/batch`).send({ events }).expect(200);
    const read = (headers: Record<string, string>): Promise<Response> => {
      return fetch(`${recorder.url}/api/sessions/${other}/events`, {
        headers: { Accept: "application/x-ndjson", ...headers },
      });
    };
    const [plain, packed] = [
      await read({ "Accept-Encoding": "identity" }),
      await read({ "Accept-Encoding": "gzip" }),
    ];
    expect([plain.headers.get("content-encoding"), packed.headers.get("content-encoding")]).toEqual([
      null,
      "gzip",
    ]);
    expect(await packed.text()).toBe(await plain.text());
  });

  it.each([
    ["an action", "/api/actions/ID", { type: "t" }],
    ["a batch", "/api/sessions/ID/batch", { events: [{ type: "action", data: { type: "t" } }] }],
    ["a goal", "/api/state/ID/goals", { description: "d" }],
  ])("of %s sent is understood", async (_, path, body) => {
    const headers = { "Content-Type": "application/json", "Content-Encoding": "gzip" };
    const request = { method: "POST", path: path.replace("ID", sessionId), headers };
    const packed = gzipSync(JSON.stringify(body));
    expect((await send(recorder.url, { ...request, body: packed })).status).toBe(200);
    expect(gunzipSync(packed).toString()).toBe(JSON.stringify(body));
    const damaged = await send(recorder.url, { ...request, body: packed.subarray(0, -9) });
    expect([damaged.status, JSON.parse(damaged.body)]).toMatchObject([
      400,
      { code: "invalid_request", detail: expect.stringMatching(/gzip/) as string },
    ]);
    const bomb = await send(recorder.url, { ...request, body: gzipSync(Buffer.alloc(50_000_000, " ")) });
    expect([bomb.status, JSON.parse(bomb.body)]).toMatchObject([413, { code: "payload_too_large" }]);
    const other = await send(recorder.url, {
      ...request,
      headers: { ...headers, "Content-Encoding": "br" },
      body: packed,
    });
    expect([other.status, other.headers["accept-encoding"]]).toEqual([415, "gzip"]);
  });
});
