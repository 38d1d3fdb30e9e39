import { afterAll, expect, it } from "vitest";
import { send } from "../support/raw-http.js";
import { newSession, startTestService } from "../support/service.js";

const recorder = await startTestService();
afterAll(() => recorder.stop());

const sessionId = await newSession(recorder);

it.each([
  ["a page", { path: `/api/sessions/${sessionId}` }],
  ["a stream", { path: `/api/sessions/${sessionId}/stream` }],
  ["a stream that is refused", { path: "/api/sessions/absent/stream" }],
  ["a refused action", { method: "POST", path: `/api/actions/${sessionId}`, body: "{}" }],
  ["a refused batch", { method: "POST", path: `/api/sessions/${sessionId}/batch`, body: "{" }],
  ["no route", { path: "/made/up" }],
])("%s had no X-Request-Id to tell its lines in the log by", async (_, request) => {
  const headers = { "Content-Type": "application/json" };
  const answer = await send(recorder.url, { ...request, headers });
  expect(answer.headers["x-request-id"]).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
});

it("an empty Last-Event-ID, which stands for none, was refused", async () => {
  const path = `/api/sessions/${sessionId}/stream?after=0`;
  expect((await send(recorder.url, { path, headers: { "Last-Event-ID": "" } })).status).toBe(200);
  const refused = await send(recorder.url, { path, headers: { "Last-Event-ID": "-1" } });
  expect(JSON.parse(refused.body)).toMatchObject({ errors: [{ path: "Last-Event-ID" }] });
});
