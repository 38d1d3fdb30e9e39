import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import supertest from "supertest";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { send } from "../support/raw-http.js";
import { newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

const ACTION = '{"type":"t","id":"e1","x":[1]}';
const BATCH = '{"events":[{"type":"action","id":"b1","data":{"type":"t"}},{"type":"response","data":{}}]}';
const LINES = '{"type":"action","id":"b1","data":{"type":"t"}}\n{"type":"response","data":{}}';

interface Seen {
  readonly status: number;
  readonly headers: object;
  readonly text: string;
}

/** What a sender sees of an answer. */
function seen({ status, headers, text }: Seen): unknown {
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

it.each([
  ["a session", "/api/sessions/ID/stream", {}],
  ["a session, with its id encoded", "/api/v1/sessions/%73TAIL/stream/?after=0", {}],
  ["all sessions", "/api/stream?after=1", { Origin: "http://localhost:3000" }],
  ["no such session", "/api/sessions/nowhere/stream", {}],
  ["a path for an id", "/api/sessions/..%2fID/stream", {}],
  ["an undecodable id", "/api/sessions/%ff/stream", {}],
  ["a place that is none", "/api/sessions/ID/stream?after=-1", {}],
  ["a place twice", "/api/stream?after=1&after=2", {}],
  ["a last event that is none", "/api/sessions/ID/stream", { "Last-Event-ID": "x" }],
  ["the active run, where there is none", "/api/sessions/ID/runs/active/stream", {}],
  ["the active run of no session", "/api/sessions/nowhere/runs/active/stream", {}],
  ["no such run", "/api/runs/nowhere/stream", {}],
  ["no id of a run", "/api/runs/active/stream", { Origin: "http://localhost:3000" }],
  ["a rebound host", "/api/stream", { Host: "evil.example" }],
])("the stream of %s is answered alike on the short cut and by express", async (_, path, headers) => {
  const express = createServer(recorder.service.app).listen(0, "127.0.0.1");
  onTestFinished(() => void express.close());
  await once(express, "listening");
  const { port } = express.address() as AddressInfo;
  for (const method of ["GET", "HEAD"]) {
    const answers = [];
    for (const url of [recorder.url, `http://127.0.0.1:${String(port)}`]) {
      const sessionId = await newSession(recorder);
      const target = path.replace("ID", sessionId).replace("TAIL", sessionId.slice(1));
      const { status, headers: received, body } = await send(url, { method, path: target, headers });
      answers.push(seen({ status, headers: received, text: body.replaceAll(sessionId, "ID") }));
    }
    expect(answers[1], method).toEqual(answers[0]);
  }
});
