import { afterAll, beforeAll, expect, it } from "vitest";
import { Metadata, SearchPage, Stats } from "session-protocol";
import { newSession, nextPage, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
const ids: string[] = [];

beforeAll(async () => {
  recorder = await startTestService();
  for (let index = 0; index < 12; index += 1) ids.unshift(await newSession(recorder));
  const [open, done, failed] = ids as [string, string, string];
  await recorder.http
    .post(`/api/actions/${open}`)
    .send({ type: "tool_call", text: "the needle is here" })
    .expect(200);
  await recorder.http
    .post(`/api/actions/${done}/responses`)
    .send({ content: "another needle", usage: { inputTokens: 7 }, costUsd: 0.5 })
    .expect(200);
  await recorder.http.post(`/api/sessions/${done}/finalize`).send({ status: "success" }).expect(200);
  await recorder.http.post(`/api/sessions/${failed}/finalize`).send({ status: "failure" }).expect(200);
});
afterAll(() => recorder.stop());

it("recent gives the ten newest sessions", async () => {
  const answer = await recorder.http.get("/api/query/recent").expect(200);
  expect(
    Metadata.array()
      .parse(answer.body)
      .map(({ sessionId }) => sessionId),
  ).toEqual(ids.slice(0, 10));
});

it("stats add everything up", async () => {
  const stats = Stats.parse((await recorder.http.get("/api/query/stats").expect(200)).body);
  expect(stats).toMatchObject({
    total: 12,
    active: 10,
    completed: 1,
    failed: 1,
    terminated: 0,
    interrupted: 0,
    events: 16,
    costUsd: 0.5,
  });
  expect(stats.tokenUsage).toMatchObject({ input: 7, total: 7 });
  expect(stats.completedSessions).toEqual([ids[1]]);
  expect(new Set(stats.activeSessions)).toEqual(new Set([ids[0], ...ids.slice(3)]));
});

it("search finds what agents did, newest first, and pages by link", async () => {
  const search = async (path: string) => {
    const answer = await recorder.http.get(path).expect(200);
    return { ...SearchPage.parse(answer.body), next: nextPage(answer) };
  };
  await expect
    .poll(async () => (await search("/api/query/search?q=needle")).hits.map(({ sessionId }) => sessionId))
    .toHaveLength(2);
  const { hits } = await search("/api/query/search?q=needle");
  expect(new Set(hits.map(({ sessionId, type }) => `${sessionId} ${type}`))).toEqual(
    new Set([`${String(ids[0])} action`, `${String(ids[1])} response`]),
  );
  const first = await search("/api/query/search?q=needle&limit=1");
  expect(first.hits).toEqual(hits.slice(0, 1));
  const second = await search(first.next as string);
  expect(second.hits).toEqual(hits.slice(1));
  expect((await search("/api/query/search?q=needle&type=response")).hits).toHaveLength(1);
  expect((await search(`/api/query/search?q=needle&sessionId=${String(ids[0])}`)).hits).toHaveLength(1);
});

it.each([
  '"',
  "needle AND",
  "a*b(",
  "NEAR(x y)",
  "col:x",
  "'; DROP TABLE x; --",
  "\u0000",
  "-",
  "é 你好",
  "x".repeat(1_024),
])("search takes %j as words, not as a language", async (text) => {
  const answer = await recorder.http.get("/api/query/search").query({ q: text });
  expect(answer.status).toBe(200);
  SearchPage.parse(answer.body);
});

it.each([
  ["", "q"],
  ["q=", "q"],
  [`q=${"x".repeat(1_025)}`, "q"],
  ["q=x&type=nope", "type"],
  ["q=x&sessionId=..", "sessionId"],
  ["q=x&cursor=zzz", "cursor"],
])("search with %s is refused at %s", async (query, path) => {
  const answer = await recorder.http.get(`/api/query/search?${query}`);
  expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path }] }]);
});
