import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../support/raw-http.js";
import { newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

/** What Java's HttpClient and `curl --http2` send with their first request. */
const PREFERS_HTTP2 = {
  Connection: "Upgrade, HTTP2-Settings",
  Upgrade: "h2c",
  "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
};

it("a client that would rather have HTTP/2 was told that no route exists", async () => {
  const answer = await send(recorder.url, { path: "/health/live", headers: PREFERS_HTTP2 });
  expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}']);
});

it.each([10, 300_000])("and its body of %i characters is stored", async (chars) => {
  const sessionId = await newSession(recorder);
  const body = JSON.stringify({ type: "note", text: "x".repeat(chars) });
  const answer = await send(recorder.url, {
    method: "POST",
    path: `/api/actions/${sessionId}`,
    headers: { ...PREFERS_HTTP2, "Content-Type": "application/json", "Content-Length": body.length },
    body,
  });
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { success: true, seq: 2 }]);
});

it("still refuses hosts that are not its own", async () => {
  const headers = { ...PREFERS_HTTP2, Host: "evil.example" };
  expect((await send(recorder.url, { path: "/health/live", headers })).status).toBe(403);
});

it("a WebSocket handshake without a key was answered with no problem document", async () => {
  const headers = { Connection: "Upgrade", Upgrade: "websocket" };
  const answer = await send(recorder.url, { path: "/ws", headers });
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect([answer.status, JSON.parse(answer.body)]).toMatchObject([400, { code: "invalid_request" }]);
});
