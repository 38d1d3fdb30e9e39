import fc from "fast-check";
import { applyPatch } from "rfc6902";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { State } from "session-protocol";
import { comparison } from "../../src/http/state-diff.js";
import { eventCount, newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

const patch = (sessionId: string, body: object) => recorder.http.patch(`/api/state/${sessionId}`).send(body);
const stateOf = async (sessionId: string, query = ""): Promise<State> => {
  return (await recorder.http.get(`/api/state/${sessionId}${query}`).expect(200)).body as State;
};

describe("the state", () => {
  it("of a new session is as the contract says", async () => {
    const sessionId = await newSession(recorder);
    const answer = await recorder.http.get(`/api/state/${sessionId}`).expect(200);
    expect(answer.headers.etag).toBe('"1"');
    expect(answer.body).toMatchObject({
      $schema: "session-state-v1",
      version: 1,
      seq: 1,
      phase: "initialization",
      currentStep: null,
      goals: [],
      agents: { spawned: [], active: [], completed: [] },
      workspace: { cwd: "/workspace" },
    });
  });

  it("merges patches, keeps what it does not know, and drops what is set to null", async () => {
    const sessionId = await newSession(recorder);
    const first = await patch(sessionId, { phase: "work", custom: { a: 1, b: [1, 2] } }).expect(200);
    expect(first.body).toEqual({ success: true, seq: 2, version: 2 });
    expect(first.headers.etag).toBe('"2"');
    await patch(sessionId, { custom: { a: null, b: [3], c: "x" } }).expect(200);
    expect(await stateOf(sessionId)).toMatchObject({
      version: 3,
      seq: 3,
      phase: "work",
      custom: { b: [3], c: "x" },
    });
  });

  it("takes a merge patch under its own content type", async () => {
    const sessionId = await newSession(recorder);
    await recorder.http
      .patch(`/api/state/${sessionId}`)
      .set("Content-Type", "application/merge-patch+json")
      .send('{"phase":"p"}')
      .expect(200);
    expect(await stateOf(sessionId)).toMatchObject({ phase: "p" });
  });

  it.each(['"1"', 'W/"1"', "*"])(
    "is given whole to who has its version as %s: its seq has moved",
    async (tag) => {
      const sessionId = await newSession(recorder);
      await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t" }).expect(200);
      const answer = await recorder.http.get(`/api/state/${sessionId}`).set("If-None-Match", tag).expect(200);
      expect(answer.headers.etag).toBe('"1"');
      expect(answer.body).toMatchObject({ version: 1, seq: 2 });
    },
  );

  it.each(['"2"', "2", 'W/"2"', '"1", "2"', "*"])(
    "takes a patch for its version given as %s",
    async (tag) => {
      const sessionId = await newSession(recorder);
      await patch(sessionId, { phase: "x" }).expect(200);
      await patch(sessionId, { phase: "y" }).set("If-Match", tag).expect(200);
    },
  );

  it.each(['"1"', "3", "x", '""'])("refuses a patch for %s and stores nothing", async (tag) => {
    const sessionId = await newSession(recorder);
    await patch(sessionId, { phase: "x" }).expect(200);
    const answer = await patch(sessionId, { phase: "y" }).set("If-Match", tag);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([412, "version_mismatch"]);
    expect(await eventCount(recorder, sessionId)).toBe(2);
  });

  it("patched again with the same key answers with the version of then", async () => {
    const sessionId = await newSession(recorder);
    const first = await patch(sessionId, { phase: "x" }).set("Idempotency-Key", "k").expect(200);
    await patch(sessionId, { phase: "y" }).expect(200);
    const again = await patch(sessionId, { phase: "x" }).set("Idempotency-Key", "k").expect(200);
    expect(again.body).toEqual({ ...(first.body as object), duplicate: true });
    expect(await stateOf(sessionId)).toMatchObject({ phase: "y", version: 3 });
  });

  it.each([
    [{ version: 9 }, "version"],
    [{ seq: 1 }, "seq"],
    [{ agents: {} }, "agents"],
    [{ $schema: "x" }, "$schema"],
    [{ goals: [{ id: "../x" }] }, "goals.0.id"],
    [{ goals: {} }, "goals"],
  ])("refuses the patch %j at %s", async (body, path) => {
    const sessionId = await newSession(recorder);
    const answer = await patch(sessionId, body);
    expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path }] }]);
  });
});

describe("time travel", () => {
  it("shows the state after any event, and the way from one to another", async () => {
    const sessionId = await newSession(recorder);
    await patch(sessionId, { phase: "one", list: [1, 2, 3] }).expect(200);
    await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t" }).expect(200);
    await recorder.http.post(`/api/state/${sessionId}/goals`).send({ description: "d" }).expect(200);
    await patch(sessionId, { phase: "two", list: [1, 3], more: { "a/b~c": 1 } }).expect(200);
    const states = [];
    for (let seq = 1; seq <= 5; seq += 1) states.push(await stateOf(sessionId, `?atSeq=${String(seq)}`));
    expect(states.map(({ phase, seq }) => [phase, seq])).toEqual([
      ["initialization", 1],
      ["one", 2],
      ["one", 3],
      ["one", 4],
      ["two", 5],
    ]);
    for (const [from, to] of [
      [1, 5],
      [5, 1],
      [2, 4],
      [3, 3],
    ] as const) {
      const answer = await recorder.http
        .get(`/api/state/${sessionId}/diff?from=${String(from)}&to=${String(to)}`)
        .expect(200);
      expect(answer.headers["content-type"]).toMatch(/^application\/json-patch\+json/);
      const document = structuredClone(states[from - 1]);
      expect(
        applyPatch(document, answer.body as Parameters<typeof applyPatch>[1]).every(
          (error) => error === null,
        ),
      ).toBe(true);
      expect(document).toEqual(states[to - 1]);
    }
  });

  it.each([
    ["?atSeq=0", "atSeq"],
    ["?atSeq=2", "atSeq"],
    ["?atSeq=x", "atSeq"],
    ["/diff?from=1", "to"],
    ["/diff?from=1&to=2", "to"],
    ["/diff?from=2&to=1", "from"],
  ])("to %s is refused", async (path, place) => {
    const sessionId = await newSession(recorder);
    const answer = await recorder.http.get(`/api/state/${sessionId}${path}`);
    expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path: place }] }]);
  });
});

describe("a comparison", () => {
  const asState = (value: unknown): State => ({ value }) as unknown as State;

  it("leads from any value to any other", () => {
    const value = fc.jsonValue({ maxDepth: 3 }).filter((each) => !JSON.stringify(each).includes("__proto__"));
    fc.assert(
      fc.property(value, value, (before, after) => {
        const document = structuredClone({ value: before });
        applyPatch(document, comparison(asState(before), asState(after)));
        expect(document).toEqual({ value: after });
      }),
    );
  });

  it.each([
    // So long that comparing each place with each would take minutes.
    ["grown", 20_000, 21_000],
    ["shrunk", 21_000, 20_000],
  ])("of long lists that have %s is made place by place", (_, from, to) => {
    const list = (count: number, seed: number) =>
      Array.from({ length: count }, (__, index) => ({ n: (index * seed) % 7, deep: [index % 3] }));
    const [before, after] = [list(from, 3), list(to, 5)];
    const document = structuredClone({ value: before });
    applyPatch(document, comparison(asState(before), asState(after)));
    expect(document).toEqual({ value: after });
  });
});
