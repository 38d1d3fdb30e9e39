import fs from "node:fs";
import path from "node:path";
import type { Response as Answer } from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Metadata, SessionDocument, SessionPage } from "session-protocol";
import { eventCount, newSession, nextPage, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

describe("listing sessions", () => {
  it("pages through all of them, newest first, by cursor and by link", async () => {
    const tag = "paged";
    const ids = [];
    for (let index = 0; index < 5; index += 1) ids.unshift(await newSession(recorder, { tags: [tag] }));
    const seen: string[] = [];
    for (let next: string | undefined = `/api/sessions?tag=${tag}&limit=2`; next !== undefined;) {
      const answer: Answer = await recorder.http.get(next).expect(200);
      const page = SessionPage.parse(answer.body);
      expect(page.total).toBe(5);
      seen.push(...page.sessions.map(({ sessionId }) => sessionId));
      next = nextPage(answer);
      expect(next === undefined).toBe(page.nextCursor === null);
    }
    expect(seen).toEqual(ids);
  });

  it("filters by everything the contract names", async () => {
    const parentSession = await newSession(recorder);
    const sessionId = await newSession(recorder, {
      userId: "filter-user",
      parentSession,
      tags: ["ft"],
      name: "Needle here",
    });
    await recorder.http
      .patch(`/api/sessions/${sessionId}/metadata`)
      .send({ status: "completed" })
      .expect(200);
    const found = async (query: string): Promise<string[]> => {
      const { body } = (await recorder.http.get(`/api/sessions?${query}`).expect(200)) as { body: unknown };
      return SessionPage.parse(body).sessions.map((session) => session.sessionId);
    };
    for (const query of [
      "userId=filter-user",
      `parentSession=${parentSession}`,
      "tag=ft",
      "q=needle",
      "status=completed&tag=ft",
    ]) {
      expect(await found(query), query).toEqual([sessionId]);
    }
    expect(await found("tag=ft&since=2020-01-01&until=2099-01-01T00:00:00Z")).toEqual([sessionId]);
    expect(await found("tag=ft&until=2020-01-01")).toEqual([]);
    expect(await found("tag=ft&status=active")).toEqual([]);
  });

  it("orders by the last event on request", async () => {
    const [one, two] = [
      await newSession(recorder, { tags: ["o"] }),
      await newSession(recorder, { tags: ["o"] }),
    ];
    await recorder.http.post(`/api/actions/${one}`).send({ type: "t" }).expect(200);
    const order = async (by: string): Promise<string[]> => {
      const { body } = (await recorder.http.get(`/api/sessions?tag=o&order=${by}`)) as { body: unknown };
      return SessionPage.parse(body).sessions.map(({ sessionId }) => sessionId);
    };
    expect(await order("created")).toEqual([two, one]);
    expect(await order("updated")).toEqual([one, two]);
  });

  it("gives one user's sessions as an array", async () => {
    const sessionId = await newSession(recorder, { userId: "only one" });
    const answer = await recorder.http
      .get(`/api/sessions/user/${encodeURIComponent("only one")}`)
      .expect(200);
    expect(
      Metadata.array()
        .parse(answer.body)
        .map((session) => session.sessionId),
    ).toEqual([sessionId]);
    expect((await recorder.http.get("/api/sessions/user/nobody")).body).toEqual([]);
  });

  it.each([
    "limit=0",
    "limit=1001",
    "limit=x",
    "status=gone",
    "since=yesterday",
    "order=size",
    "cursor=",
    "cursor=zzz",
    "userId=a&userId=b",
  ])("with %s is refused at that parameter", async (query) => {
    const answer = await recorder.http.get(`/api/sessions?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: "invalid_request", errors: [{ path: query.split("=")[0] }] });
  });
});

describe("reading a session", () => {
  it("has the end of each log and says what it left out", async () => {
    const sessionId = await newSession(recorder);
    for (let index = 0; index < 3; index += 1) {
      await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t", index, text: "é" }).expect(200);
    }
    await recorder.http.post(`/api/actions/${sessionId}/responses`).send({ content: "hi" }).expect(200);
    const read = async (query: string): Promise<SessionDocumentShape> => {
      return SessionDocument.parse(
        (await recorder.http.get(`/api/sessions/${sessionId}${query}`).expect(200)).body,
      );
    };
    const whole = await read("");
    expect(whole.actions.map(({ seq, index, text }) => [seq, index, text])).toEqual([
      [2, 0, "é"],
      [3, 1, "é"],
      [4, 2, "é"],
    ]);
    expect(whole.responses).toHaveLength(1);
    expect(whole.truncated).toEqual({ actions: false, responses: false });
    const end = await read("?entries=2");
    expect(end.actions.map(({ seq }) => seq)).toEqual([3, 4]);
    expect(end.truncated).toEqual({ actions: true, responses: false });
    const none = await read("?entries=0");
    expect([none.actions, none.responses, none.truncated]).toEqual([
      [],
      [],
      { actions: true, responses: true },
    ]);
  });

  it("that does not exist is a 404", async () => {
    const answer = await recorder.http.get("/api/sessions/nowhere");
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([404, "session_not_found"]);
  });
});

type SessionDocumentShape = ReturnType<typeof SessionDocument.parse>;

describe("changing metadata", () => {
  it("merges, clears with null, and answers with the whole", async () => {
    const sessionId = await newSession(recorder, { name: "old", tags: ["a"] });
    const patch = (body: object) => recorder.http.patch(`/api/sessions/${sessionId}/metadata`).send(body);
    const first = await patch({ name: null, labels: { team: "x", tier: 1 }, model: "m" }).expect(200);
    expect(first.body).toMatchObject({
      success: true,
      seq: 2,
      metadata: { name: null, tags: ["a"], model: "m", labels: { team: "x", tier: 1 } },
    });
    const second = await patch({ labels: { tier: null }, tags: ["b"] }).expect(200);
    expect(second.body).toMatchObject({ seq: 3, metadata: { labels: { team: "x" }, tags: ["b"] } });
  });

  it("moves the status along, and refuses leaps by naming both ends", async () => {
    const sessionId = await newSession(recorder, { status: "created" });
    const patch = (status: string) =>
      recorder.http.patch(`/api/sessions/${sessionId}/metadata`).send({ status });
    const leap = await patch("processing");
    expect(leap.status).toBe(409);
    expect(leap.body).toMatchObject({
      code: "illegal_transition",
      detail: expect.stringMatching(/created to processing/) as string,
    });
    for (const status of ["connecting", "active", "processing", "active", "terminated"]) {
      expect((await patch(status).expect(200)).body).toMatchObject({ metadata: { status } });
    }
    expect(
      (await recorder.http.patch(`/api/sessions/${sessionId}/metadata`).send({ name: "n" })).body,
    ).toMatchObject({ code: "session_closed" });
  });

  it("repeated with its key is answered as it was then", async () => {
    const sessionId = await newSession(recorder);
    const patch = (name: string, key: string) => {
      return recorder.http
        .patch(`/api/sessions/${sessionId}/metadata`)
        .set("Idempotency-Key", key)
        .send({ name });
    };
    const first = await patch("one", "m1").expect(200);
    await patch("two", "m2").expect(200);
    const repeat = await patch("one", "m1").expect(200);
    expect(repeat.body).toEqual({ ...(first.body as object), duplicate: true });
    expect(await eventCount(recorder, sessionId)).toBe(3);
  });

  it("refuses names it does not know, so that a typo is seen", async () => {
    const sessionId = await newSession(recorder);
    const answer = await recorder.http
      .patch(`/api/sessions/${sessionId}/metadata`)
      .send({ nmae: "x", tags: "t" });
    expect(answer.status).toBe(400);
    expect((answer.body as { errors: { path: string }[] }).errors.map((issue) => issue.path).sort()).toEqual([
      "nmae",
      "tags",
    ]);
  });
});

describe("deleting a session", () => {
  it("takes its files and its place in every list with it, and frees its id", async () => {
    const sessionId = await newSession(recorder, { tags: ["gone"] });
    const answer = await recorder.http.delete(`/api/sessions/${sessionId}`).expect(200);
    expect(answer.body).toEqual({ success: true, seq: 2 });
    await recorder.http.get(`/api/sessions/${sessionId}`).expect(404);
    await recorder.http.delete(`/api/sessions/${sessionId}`).expect(404);
    expect((await recorder.http.get("/api/sessions?tag=gone")).body).toMatchObject({
      sessions: [],
      total: 0,
    });
    expect(fs.existsSync(path.join(recorder.dataDir, "sessions", sessionId))).toBe(false);
    await recorder.http.post("/api/sessions").send({ sessionId, userId: "new", initial: {} }).expect(201);
  });

  it("answered a repeat under its key that there is no such session: it answers as the first was", async () => {
    const sessionId = await newSession(recorder);
    const remove = (key: string) =>
      recorder.http.delete(`/api/sessions/${sessionId}`).set("Idempotency-Key", key);
    await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t", id: "taken" }).expect(200);
    const refused = await remove("taken").expect(400);
    expect(refused.body).toMatchObject({ errors: [{ path: "Idempotency-Key" }] });
    expect((await remove("gone").expect(200)).body).toEqual({ success: true, seq: 3 });
    expect((await remove("gone").expect(200)).body).toEqual({ success: true, seq: 3, duplicate: true });
    await remove("other").expect(404);
    await recorder.http.post("/api/sessions").send({ sessionId, userId: "u", initial: {} }).expect(201);
    expect((await remove("gone").expect(200)).body).toEqual({ success: true, seq: 3, duplicate: true });
    await recorder.http.get(`/api/sessions/${sessionId}`).expect(200);
  });
});
