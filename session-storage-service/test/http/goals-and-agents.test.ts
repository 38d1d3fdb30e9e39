import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AgentWriteResult, GoalWriteResult, type State } from "session-protocol";
import { eventCount, newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

const addGoal = (sessionId: string, body: object) =>
  recorder.http.post(`/api/state/${sessionId}/goals`).send(body);
const patchGoal = (sessionId: string, goalId: string, body: object) =>
  recorder.http.patch(`/api/state/${sessionId}/goals/${goalId}`).send(body);
const spawn = (sessionId: string, body: object) =>
  recorder.http.post(`/api/state/${sessionId}/agents`).send(body);
const complete = (sessionId: string, agentId: string, body?: object) =>
  recorder.http.post(`/api/state/${sessionId}/agents/${agentId}/complete`).send(body);
const stateOf = async (sessionId: string): Promise<State> =>
  (await recorder.http.get(`/api/state/${sessionId}`)).body as State;

describe("a goal", () => {
  it("gets an id and a status where it has none, and keeps the rest as sent", async () => {
    const sessionId = await newSession(recorder);
    const first = await addGoal(sessionId, { description: "d", priority: "high", extra: { x: 1 } }).expect(
      200,
    );
    expect(first.body).toMatchObject({
      success: true,
      seq: 2,
      goal: { id: "goal-1", description: "d", status: "pending", priority: "high", extra: { x: 1 } },
    });
    const second = await addGoal(sessionId, { id: "mine", description: "e", status: "active" }).expect(200);
    expect(second.body).toMatchObject({ seq: 3, goal: { id: "mine", status: "active" } });
    expect((await stateOf(sessionId)).goals.map(({ id }) => id)).toEqual(["goal-1", "mine"]);
  });

  it("changes by merge patch and notes when it completes", async () => {
    const sessionId = await newSession(recorder);
    await addGoal(sessionId, { id: "g", description: "d", note: "n" }).expect(200);
    const answer = await patchGoal(sessionId, "g", {
      status: "completed",
      note: null,
      goalId: "ignored",
    }).expect(200);
    const { goal } = GoalWriteResult.parse(answer.body);
    expect(goal).toMatchObject({ id: "g", status: "completed", description: "d" });
    expect(goal).not.toHaveProperty("note");
    expect(goal.completedAt).toBe(goal.updatedAt);
    expect((await stateOf(sessionId)).goals).toEqual([goal]);
  });

  it("could not be patched with the content type of a merge patch", async () => {
    const sessionId = await newSession(recorder);
    await addGoal(sessionId, { id: "g", description: "d" }).expect(200);
    const answer = await recorder.http
      .patch(`/api/state/${sessionId}/goals/g`)
      .set("Content-Type", "application/merge-patch+json")
      .send('{"status":"completed"}')
      .expect(200);
    expect(answer.body).toMatchObject({ goal: { status: "completed" } });
  });

  it("added again by id or by key is answered as it was added", async () => {
    const sessionId = await newSession(recorder);
    const first = await addGoal(sessionId, { id: "g", description: "d" })
      .set("Idempotency-Key", "k")
      .expect(200);
    await patchGoal(sessionId, "g", { status: "active" }).expect(200);
    const expected = { ...(first.body as object), duplicate: true };
    expect((await addGoal(sessionId, { id: "g", description: "other" }).expect(200)).body).toEqual(expected);
    expect(
      (await addGoal(sessionId, { description: "d" }).set("Idempotency-Key", "k").expect(200)).body,
    ).toEqual(expected);
    expect(await eventCount(recorder, sessionId)).toBe(3);
  });

  it("changed again with its key is answered as it was changed", async () => {
    const sessionId = await newSession(recorder);
    await addGoal(sessionId, { id: "g", description: "d" }).expect(200);
    const change = () => patchGoal(sessionId, "g", { status: "active" }).set("Idempotency-Key", "k");
    const first = await change().expect(200);
    await patchGoal(sessionId, "g", { status: "completed" }).expect(200);
    expect((await change().expect(200)).body).toEqual({ ...(first.body as object), duplicate: true });
  });

  it("that came with a patch of the state is found as well", async () => {
    const sessionId = await newSession(recorder);
    await recorder.http
      .patch(`/api/state/${sessionId}`)
      .send({ goals: [{ id: "p", description: "d" }] })
      .expect(200);
    expect((await addGoal(sessionId, { id: "p", description: "d" }).expect(200)).body).toMatchObject({
      seq: 2,
      duplicate: true,
      goal: { id: "p" },
    });
  });

  it("that does not exist is a 404, and an incomplete one a 400", async () => {
    const sessionId = await newSession(recorder);
    expect((await patchGoal(sessionId, "none", { status: "x" }).expect(404)).body).toMatchObject({
      code: "goal_not_found",
      errors: [{ path: "goalId" }],
    });
    expect((await addGoal(sessionId, {}).expect(400)).body).toMatchObject({
      errors: [{ path: "description" }],
    });
    expect((await addGoal(sessionId, { description: "d", id: "a b" }).expect(400)).body).toMatchObject({
      errors: [{ path: "id" }],
    });
    expect((await patchGoal(sessionId, "none", { status: 4 }).expect(400)).body).toMatchObject({
      errors: [{ path: "status" }],
    });
    expect(await eventCount(recorder, sessionId)).toBe(1);
  });
});

describe("an agent", () => {
  it("is answered as its record, with its seq", async () => {
    const sessionId = await newSession(recorder);
    const named = await spawn(sessionId, {
      agentId: "a",
      type: "scout",
      task: { find: 1 },
      parentAgentId: "root",
      own: true,
    }).expect(200);
    expect(named.body).toMatchObject({
      agentId: "a",
      type: "scout",
      task: { find: 1 },
      parentAgentId: "root",
      own: true,
      status: "spawned",
      seq: 2,
    });
    const unnamed = await spawn(sessionId, { type: "scout 2" }).expect(200);
    expect(AgentWriteResult.parse(unnamed.body).agentId).toMatch(/^agent-scout-2-[0-9A-Z]+$/);
    expect((await stateOf(sessionId)).agents.active).toHaveLength(2);
  });

  it.each([
    [undefined, "completed"],
    [{ status: "completed", result: { found: [1] } }, "completed"],
    [{ status: "failed", error: "lost", agentId: "ignored" }, "failed"],
  ])("ends with %j as %s", async (body, status) => {
    const sessionId = await newSession(recorder);
    await spawn(sessionId, { agentId: "a", type: "scout" }).expect(200);
    const { agentId: _, ...kept } = { ...body } as Record<string, unknown>;
    expect((await complete(sessionId, "a", body).expect(200)).body).toMatchObject({
      ...kept,
      agentId: "a",
      status,
      seq: 3,
    });
    const { active, completed } = (await stateOf(sessionId)).agents;
    expect([active, completed.map(({ agentId }) => agentId)]).toEqual([[], ["a"]]);
  });

  it("spawned or ended again is answered as the first was", async () => {
    const sessionId = await newSession(recorder);
    const first = await spawn(sessionId, { type: "scout" }).set("Idempotency-Key", "k").expect(200);
    const { agentId } = AgentWriteResult.parse(first.body);
    const end = () => complete(sessionId, agentId).set("Idempotency-Key", "e");
    const ended = await end().expect(200);
    const repeat = { ...(first.body as object), duplicate: true };
    expect((await spawn(sessionId, { type: "scout" }).set("Idempotency-Key", "k").expect(200)).body).toEqual(
      repeat,
    );
    expect((await spawn(sessionId, { type: "other", agentId }).expect(200)).body).toEqual(repeat);
    expect((await end().expect(200)).body).toEqual({ ...(ended.body as object), duplicate: true });
    expect(await eventCount(recorder, sessionId)).toBe(3);
  });

  it("that does not run cannot end", async () => {
    const sessionId = await newSession(recorder);
    expect((await complete(sessionId, "none").expect(404)).body).toMatchObject({ code: "agent_not_found" });
    await spawn(sessionId, { agentId: "a", type: "scout" }).expect(200);
    await complete(sessionId, "a").expect(200);
    expect((await complete(sessionId, "a", { status: "failed" }).expect(409)).body).toMatchObject({
      code: "illegal_transition",
      detail: expect.stringMatching(/completed to failed/) as string,
    });
  });

  it("needs a type, and ids that are ids", async () => {
    const sessionId = await newSession(recorder);
    expect((await spawn(sessionId, {}).expect(400)).body).toMatchObject({ errors: [{ path: "type" }] });
    expect((await spawn(sessionId, { type: "t", agentId: "/" }).expect(400)).body).toMatchObject({
      errors: [{ path: "agentId" }],
    });
    expect((await complete(sessionId, "a", { status: "gone" }).expect(400)).body).toMatchObject({
      errors: [{ path: "status" }],
    });
  });
});

it("a key that belongs to another kind of event is refused rather than answered wrongly", async () => {
  const sessionId = await newSession(recorder);
  await recorder.http
    .post(`/api/actions/${sessionId}`)
    .set("Idempotency-Key", "k")
    .send({ type: "t" })
    .expect(200);
  const answer = await addGoal(sessionId, { description: "d" }).set("Idempotency-Key", "k");
  expect([answer.status, answer.body]).toMatchObject([
    400,
    { errors: [{ path: "Idempotency-Key", message: expect.stringMatching(/action/) as string }] },
  ]);
});
