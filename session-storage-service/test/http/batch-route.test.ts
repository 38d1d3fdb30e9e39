import { afterAll, beforeAll, expect, it } from "vitest";
import { eventCount, newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

const batch = (sessionId: string, body: object) =>
  recorder.http.post(`/api/sessions/${sessionId}/batch`).send(body);

it("a batch makes the session it is for, where it is told how", async () => {
  const events = [
    { type: "action", id: "a", data: { type: "t" } },
    { type: "goal_added", data: { description: "d" } },
  ];
  const create = { userId: "u", initial: { x: 1 }, name: "made" };
  expect((await batch("made", { create, events }).expect(200)).body).toEqual({
    success: true,
    firstSeq: 2,
    lastSeq: 3,
    stored: 2,
    duplicates: 0,
  });
  expect((await batch("made", { create, events: events.slice(0, 1) }).expect(200)).body).toEqual({
    success: true,
    firstSeq: 2,
    lastSeq: 2,
    stored: 0,
    duplicates: 1,
  });
  expect((await recorder.http.get("/api/sessions/made")).body).toMatchObject({
    metadata: { name: "made", seq: 3 },
    initial: { x: 1 },
  });
  expect((await batch("made", { create: { userId: "v" }, events }).expect(409)).body).toMatchObject({
    code: "session_exists",
  });
  expect((await batch("nowhere", { events }).expect(404)).body).toMatchObject({
    code: "session_not_found",
  });
});

it("a batch may hold every type a client may write", async () => {
  const sessionId = await newSession(recorder);
  const events = [
    { type: "action", data: { type: "t" } },
    { type: "response", data: {} },
    { type: "state_updated", data: { phase: "p" } },
    { type: "goal_added", data: { id: "g", description: "d" } },
    { type: "goal_updated", data: { goalId: "g", status: "completed" } },
    { type: "agent_spawned", data: { agentId: "a", type: "t" } },
    { type: "agent_completed", data: { agentId: "a" } },
    { type: "metadata_updated", data: { name: "n" } },
    { type: "session_finalized", data: { status: "failure" } },
  ];
  expect((await batch(sessionId, { events }).expect(200)).body).toMatchObject({
    firstSeq: 2,
    lastSeq: 10,
    stored: 9,
  });
  expect((await recorder.http.get(`/api/sessions/${sessionId}`)).body).toMatchObject({
    metadata: { status: "failed", name: "n" },
    state: { phase: "p" },
  });
});

it("a batch repeated with its key stores nothing, although its events have no ids", async () => {
  const sessionId = await newSession(recorder);
  const events = [
    { type: "action", data: { type: "t" } },
    { type: "action", data: { type: "t" } },
  ];
  const send = () => batch(sessionId, { events }).set("Idempotency-Key", "k");
  expect((await send()).body).toMatchObject({ firstSeq: 2, lastSeq: 3, stored: 2 });
  expect((await send()).body).toMatchObject({ firstSeq: 2, lastSeq: 3, stored: 0, duplicates: 2 });
});

it.each([
  [
    "a goal that does not exist",
    { type: "goal_updated", data: { goalId: "none" } },
    404,
    "goal_not_found",
    "events.1.data.goalId",
  ],
  [
    "an agent that does not exist",
    { type: "agent_completed", data: { agentId: "none" } },
    404,
    "agent_not_found",
    "events.1.data.agentId",
  ],
  [
    "a leap of the status",
    { type: "metadata_updated", data: { status: "connecting" } },
    409,
    "illegal_transition",
    "events.1.data.status",
  ],
  ["bad data", { type: "action", data: {} }, 400, "invalid_request", "events.1.data.type"],
])("a batch with one event for %s stores none", async (_, bad, status, code, place) => {
  const sessionId = await newSession(recorder);
  const good = { type: "action", data: { type: "t" } };
  const answer = await batch(sessionId, { events: [good, bad, good] });
  expect([answer.status, answer.body]).toMatchObject([status, { code, errors: [{ path: place }] }]);
  expect(await eventCount(recorder, sessionId)).toBe(1);
});
