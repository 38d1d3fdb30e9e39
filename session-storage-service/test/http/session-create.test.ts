import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CreateSessionResult, Metadata, SessionDocument } from "session-protocol";
import { newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

describe("creating a session", () => {
  it("answers with its id, its folder and seq 1", async () => {
    const answer = await recorder.http
      .post("/api/sessions")
      .send({ sessionId: "first", userId: "u", initial: { a: 1 } });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      success: true,
      created: true,
      sessionId: "first",
      path: "sessions/first",
      seq: 1,
    });
    expect(answer.headers.location).toBe("/api/sessions/first");
    await expect.poll(() => fs.existsSync(path.join(recorder.dataDir, "sessions/first"))).toBe(true);
  });

  it("keeps everything it is told", async () => {
    const parentSession = await newSession(recorder);
    const fields = {
      name: "n",
      description: "d",
      tags: ["t"],
      sandboxId: "box",
      ttlDays: 2,
      status: "created",
      parentSession,
    };
    const initial = { config: { model: "m", dangerouslySkipPermissions: true }, more: [1, { x: null }] };
    const sessionId = await newSession(recorder, { ...fields, initial });
    const { body } = (await recorder.http.get(`/api/sessions/${sessionId}`).expect(200)) as { body: unknown };
    const document = SessionDocument.parse(body);
    expect(document.metadata).toMatchObject({ ...fields, model: "m", yoloMode: true, userId: "u", seq: 1 });
    expect(document.initial).toEqual(initial);
    const parent = await recorder.http.get(`/api/sessions/${parentSession}`);
    expect(Metadata.parse((parent.body as { metadata: unknown }).metadata).subsessions).toEqual([sessionId]);
  });

  it("finds the session of that id for the same user, and refuses another", async () => {
    const sessionId = await newSession(recorder);
    const again = await recorder.http.post("/api/sessions").send({ sessionId, userId: "u", initial: {} });
    expect([again.status, again.body]).toEqual([
      200,
      { success: true, created: false, sessionId, path: `sessions/${sessionId}`, seq: 1 },
    ]);
    const other = await recorder.http.post("/api/sessions").send({ sessionId, userId: "v", initial: {} });
    expect(other.status).toBe(409);
    expect(other.body).toMatchObject({ code: "session_exists", errors: [{ path: "sessionId" }] });
  });

  it("makes an id where none is sent, a new one each time", async () => {
    const create = () => recorder.http.post("/api/sessions").send({ userId: "u", initial: {} }).expect(201);
    const [one, two] = [
      CreateSessionResult.parse((await create()).body),
      CreateSessionResult.parse((await create()).body),
    ];
    expect(one.sessionId).toMatch(/^session-[0-9a-hjkmnp-tv-z]{26}$/);
    expect(two.sessionId).not.toBe(one.sessionId);
  });

  it("with an idempotency key is found again, by the same user only", async () => {
    const create = (userId: string) => {
      return recorder.http
        .post("/api/sessions")
        .set("Idempotency-Key", "key-1")
        .send({ userId, initial: {} });
    };
    const first = await create("u");
    const again = await create("u");
    const other = await create("w");
    expect([first.status, again.status, other.status]).toEqual([201, 200, 201]);
    expect(again.body).toEqual({ ...(first.body as object), created: false, duplicate: true });
    expect((other.body as CreateSessionResult).sessionId).not.toBe(
      (first.body as CreateSessionResult).sessionId,
    );
  });

  it.each([
    [{ initial: {} }, "userId"],
    [{ userId: "", initial: {} }, "userId"],
    [{ userId: "u" }, "initial"],
    [{ userId: "u", initial: [] }, "initial"],
    [{ userId: "u", initial: {}, sessionId: "../etc" }, "sessionId"],
    [{ userId: "u", initial: {}, sessionId: "a..b" }, "sessionId"],
    [{ userId: "u", initial: {}, sessionId: "é" }, "sessionId"],
    [{ userId: "u", initial: {}, sessionId: "x".repeat(129) }, "sessionId"],
    [{ userId: "u", initial: {}, status: "completed" }, "status"],
    [{ userId: "u", initial: {}, tags: [1] }, "tags.0"],
    [{ userId: "u", initial: {}, ttlDays: -1 }, "ttlDays"],
  ])("from %j is refused at %s", async (body, place) => {
    const answer = await recorder.http.post("/api/sessions").send(body);
    expect(answer.status).toBe(400);
    expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ path: place }] });
  });
});
