import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventCount, newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

const finalize = (sessionId: string, body?: object) =>
  recorder.http.post(`/api/sessions/${sessionId}/finalize`).send(body);

describe("finalizing", () => {
  it.each([
    ["success", "completed"],
    ["failure", "failed"],
  ])("as %s makes the session %s and writes final.json", async (status, becomes) => {
    const sessionId = await newSession(recorder);
    const answer = await finalize(sessionId, { status, outcome: { done: 1 }, response: "bye" }).expect(200);
    expect(answer.body).toMatchObject({
      success: true,
      seq: 2,
      status: becomes,
      final: { status, outcome: { done: 1 }, response: "bye", seq: 2 },
    });
    const read = await recorder.http.get(`/api/sessions/${sessionId}`);
    expect(read.body).toMatchObject({
      metadata: { status: becomes },
      final: (answer.body as { final: object }).final,
    });
    const file = path.join(recorder.dataDir, "sessions", sessionId, "final.json");
    await expect
      .poll(() => fs.existsSync(file) && (JSON.parse(fs.readFileSync(file, "utf8")) as unknown))
      .toEqual((answer.body as { final: object }).final);
  });

  it("takes no body at all", async () => {
    const sessionId = await newSession(recorder);
    const answer = await recorder.http.post(`/api/sessions/${sessionId}/finalize`).expect(200);
    expect(answer.body).toMatchObject({
      status: "completed",
      final: { status: "success", outcome: null, response: null },
    });
  });

  it("twice answers the first result, and stores nothing", async () => {
    const sessionId = await newSession(recorder);
    const first = await finalize(sessionId, { status: "failure", outcome: "first" }).expect(200);
    const again = await finalize(sessionId, { status: "success", outcome: "second" }).expect(200);
    expect(again.body).toEqual({ ...(first.body as object), duplicate: true });
    expect(await eventCount(recorder, sessionId)).toBe(2);
  });

  it("repeated with its key after a resume still answers the first result", async () => {
    const sessionId = await newSession(recorder);
    const send = () => finalize(sessionId, { outcome: "é" }).set("Idempotency-Key", "end");
    const first = await send().expect(200);
    await recorder.http.post(`/api/sessions/${sessionId}/resume`).expect(200);
    expect((await send().expect(200)).body).toEqual({ ...(first.body as object), duplicate: true });
  });

  it("closes the session to every write until it is resumed", async () => {
    const sessionId = await newSession(recorder);
    await finalize(sessionId).expect(200);
    const writes = [
      recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t" }),
      recorder.http.post(`/api/actions/${sessionId}/responses`).send({}),
      recorder.http
        .post(`/api/sessions/${sessionId}/batch`)
        .send({ events: [{ type: "action", data: { type: "t" } }] }),
      recorder.http.patch(`/api/state/${sessionId}`).send({ phase: "x" }),
      recorder.http.post(`/api/state/${sessionId}/goals`).send({ description: "d" }),
      recorder.http.post(`/api/state/${sessionId}/agents`).send({ type: "t" }),
    ];
    for (const write of writes) {
      const answer = await write;
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([409, "session_closed"]);
    }
    const resumed = await recorder.http.post(`/api/sessions/${sessionId}/resume`).expect(200);
    expect(resumed.body).toMatchObject({
      metadata: { status: "active", sessionId },
      initial: {},
      state: { seq: 3 },
      seq: 3,
    });
    await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t" }).expect(200);
    expect((await recorder.http.get(`/api/sessions/${sessionId}`)).body).toMatchObject({ final: null });
  });

  it("refuses a status that is none", async () => {
    const sessionId = await newSession(recorder);
    const answer = await finalize(sessionId, { status: "completed" });
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ path: "status" }] });
  });
});

describe("resuming", () => {
  it("an open session changes nothing", async () => {
    const sessionId = await newSession(recorder);
    expect((await recorder.http.post(`/api/sessions/${sessionId}/resume`).expect(200)).body).toMatchObject({
      seq: 1,
    });
    expect(await eventCount(recorder, sessionId)).toBe(1);
  });

  it("repeated with its key is answered as the first was", async () => {
    const sessionId = await newSession(recorder);
    await finalize(sessionId).expect(200);
    const resume = () =>
      recorder.http.post(`/api/sessions/${sessionId}/resume`).set("Idempotency-Key", "again");
    const first = await resume().expect(200);
    await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t" }).expect(200);
    expect((await resume().expect(200)).body).toEqual({ ...(first.body as object), duplicate: true });
  });
});

describe("forking", () => {
  async function withHistory(): Promise<string> {
    const sessionId = await newSession(recorder, { initial: { a: 1 } });
    await recorder.http.patch(`/api/state/${sessionId}`).send({ phase: "one" }).expect(200);
    await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t", id: "act" }).expect(200);
    await recorder.http.patch(`/api/state/${sessionId}`).send({ phase: "two" }).expect(200);
    return sessionId;
  }

  it("copies the whole history into a session of its own", async () => {
    const source = await withHistory();
    const answer = await recorder.http.post(`/api/sessions/${source}/fork`).expect(201);
    const { sessionId } = answer.body as { sessionId: string };
    expect(answer.body).toEqual({
      success: true,
      created: true,
      sessionId,
      path: `sessions/${sessionId}`,
      seq: 4,
      forkedFrom: { sessionId: source, seq: 4 },
    });
    const read = await recorder.http.get(`/api/sessions/${sessionId}`).expect(200);
    expect(read.body).toMatchObject({
      metadata: { seq: 4, forkedFrom: { sessionId: source, seq: 4 } },
      state: { phase: "two" },
      initial: { a: 1 },
    });
    await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t" }).expect(200);
    expect(await eventCount(recorder, source)).toBe(4);
    expect(await eventCount(recorder, sessionId)).toBe(5);
  });

  it("can stop at any event", async () => {
    const source = await withHistory();
    await recorder.http
      .post(`/api/sessions/${source}/fork`)
      .send({ sessionId: "fork-2", atSeq: 2 })
      .expect(201);
    expect((await recorder.http.get("/api/state/fork-2")).body).toMatchObject({ phase: "one", seq: 2 });
    const beyond = await recorder.http.post(`/api/sessions/${source}/fork`).send({ atSeq: 99 });
    expect([beyond.status, beyond.body]).toMatchObject([400, { errors: [{ path: "atSeq" }] }]);
  });

  it("repeated with its key finds the fork it made", async () => {
    const source = await withHistory();
    const fork = () =>
      recorder.http.post(`/api/sessions/${source}/fork`).set("Idempotency-Key", "fork").send({});
    const first = await fork().expect(201);
    expect((await fork().expect(200)).body).toEqual({
      ...(first.body as object),
      created: false,
      duplicate: true,
    });
  });

  it("into an id that is taken is refused, and not as another user's", async () => {
    const [source, taken] = [await withHistory(), await newSession(recorder)];
    const fork = () => recorder.http.post(`/api/sessions/${source}/fork`).send({ sessionId: taken });
    for (const answer of [await fork(), await fork().set("Idempotency-Key", "k")]) {
      expect([answer.status, answer.body]).toMatchObject([409, { code: "session_exists" }]);
      expect((answer.body as { detail: string }).detail).toMatch(/ exists and .*fork/);
    }
  });

  it("of no session is a 404", async () => {
    expect((await recorder.http.post("/api/sessions/nowhere/fork").expect(404)).body).toMatchObject({
      code: "session_not_found",
    });
  });
});
