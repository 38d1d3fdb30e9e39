import { afterAll, beforeAll, expect, it } from "vitest";
import type { OpenApiDocument } from "../../src/http/openapi.js";
import { send } from "../support/raw-http.js";
import { newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

it.each([
  ["PATCH", "/api/sessions/{sessionId}/metadata", 200],
  ["PATCH", "/api/state/{sessionId}", 200],
  ["PATCH", "/api/state/{sessionId}/goals/{goalId}", 200],
  ["POST", "/api/state/{sessionId}/agents/{agentId}/complete", 200],
  ["POST", "/api/sessions/{sessionId}/fork", 201],
  ["POST", "/api/sessions/{sessionId}/finalize", 200],
  ["POST", "/api/admin/cleanup", 200],
] as const)(
  "%s %s, all of whose fields are optional, takes an empty body as {}",
  async (method, path, status) => {
    const answers = [];
    for (const sent of [{}, { body: "{}", headers: { "Content-Type": "application/json" } }]) {
      const sessionId = await newSession(recorder);
      const goal = { id: "g1", description: "d" };
      await recorder.http.post(`/api/state/${sessionId}/goals`).send(goal).expect(200);
      await recorder.http
        .post(`/api/state/${sessionId}/agents`)
        .send({ agentId: "a1", type: "t" })
        .expect(200);
      const target = path
        .replace("{sessionId}", sessionId)
        .replace(/\{.*\}/, path.includes("goal") ? "g1" : "a1");
      const answer = await send(recorder.url, { method, path: target, ...sent });
      expect(answer.status, answer.body).toBe(status);
      answers.push(Object.keys(JSON.parse(answer.body) as object));
    }
    expect(answers[1]).toEqual(answers[0]);
    const document = (await recorder.http.get("/openapi.json")).body as OpenApiDocument;
    const { requestBody } = document.paths[path]?.[method.toLowerCase()] ?? {};
    expect(requestBody?.required).toBe(false);
  },
);
