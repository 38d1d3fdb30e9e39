import supertest, { type Response } from "supertest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

const ACTION = '{"type":"t","id":"e1","x":[1]}';
const BATCH = '{"events":[{"type":"action","id":"b1","data":{"type":"t"}},{"type":"response","data":{}}]}';
const LINES = '{"type":"action","id":"b1","data":{"type":"t"}}\n{"type":"response","data":{}}';

/** What a sender sees of an answer. */
function seen({ status, headers, text }: Response): unknown {
  const {
    "content-type": type,
    allow,
    accept,
    "access-control-allow-origin": origin,
  } = headers as Record<string, string>;
  const safe = Object.entries(headers as Record<string, string>).filter(([name]) =>
    /^(x-content|content-sec|cross|referrer|cache)/.test(name),
  );
  return { status, text, type: type?.split(";")[0], allow, accept, origin, safe: Object.fromEntries(safe) };
}

it.each([
  ["an action, twice", "/api/actions/ID", [ACTION, ACTION], {}],
  ["a response", "/api/actions/ID/responses", ['{"content":"é"}'], {}],
  ["a response without a body", "/api/actions/ID/responses", [""], {}],
  ["a batch, twice", "/api/sessions/ID/batch", [BATCH, BATCH], {}],
  ["a batch of lines", "/api/v1/sessions/ID/batch", [LINES], { "Content-Type": "application/x-ndjson" }],
  ["a key", "/api/actions/ID", [ACTION, ACTION], { "Idempotency-Key": "k" }],
  ["a bad key", "/api/actions/ID", [ACTION], { "Idempotency-Key": "k".repeat(129) }],
  ["the id of another type", "/api/actions/ID", ['{"type":"t","id":"taken"}'], {}],
  ["a key of another type", "/api/actions/ID", [ACTION], { "Idempotency-Key": "taken" }],
  ["bad data", "/api/actions/ID", ['{"type":1}', "[]", "{", ""], {}],
  ["a bad event", "/api/sessions/ID/batch", ['{"events":[{"type":"action","data":{}}]}', "{}"], {}],
  ["a wrong content type", "/api/actions/ID", [ACTION], { "Content-Type": "text/plain" }],
  ["a wrong encoding", "/api/actions/ID", [ACTION], { "Content-Encoding": "br" }],
  ["no such session", "/api/actions/nowhere", [ACTION], {}],
  ["a path for an id", "/api/actions/..%2fID", [ACTION], {}],
  ["an undecodable id", "/api/actions/%ff", [ACTION], {}],
  ["a page that may write", "/api/actions/ID", [ACTION], { Origin: "http://localhost:3000" }],
  ["a page that may not", "/api/actions/ID", [ACTION], { Origin: "http://evil.example" }],
  ["a rebound host", "/api/actions/ID", [ACTION], { Host: "evil.example" }],
])("%s is answered alike on the short cut and by express", async (_, path, bodies, headers) => {
  const answers = [];
  for (const http of [recorder.http, supertest(recorder.service.app)]) {
    const sessionId = await newSession(recorder);
    await http
      .post(`/api/state/${sessionId}/goals`)
      .set("Idempotency-Key", "taken")
      .send({ description: "d" });
    const shown = [];
    for (const body of bodies) {
      const request = http
        .post(path.replace("ID", sessionId))
        .set({ "Content-Type": "application/json", ...headers });
      shown.push(seen(await request.send(body)));
    }
    answers.push(shown);
  }
  expect(answers[1]).toEqual(answers[0]);
});
