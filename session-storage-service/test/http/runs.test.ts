import { afterAll, describe, expect, it } from "vitest";
import type { Problem, RunSummary } from "session-protocol";
import { problemOf, runRequests } from "../support/run-requests.js";
import { eventCount, newSession, nextPage, startTestService } from "../support/service.js";

const recorder = await startTestService();
const { http } = recorder;
afterAll(() => recorder.stop());

const { start, node, complete, runOf, newRun } = runRequests(recorder);

describe("a run", () => {
  it("shows from its first moment", async () => {
    const { sessionId, runId } = await newRun({ flow: "f", model: "m", input: { ask: "Füße" }, taskId: "t" });
    expect(await runOf(runId)).toMatchObject({
      runId,
      sessionId,
      userId: "u",
      agentId: "a1",
      flow: "f",
      role: null,
      model: "m",
      taskId: "t",
      status: "running",
      completedAt: null,
      durationMs: null,
      nodeCount: 0,
      input: { ask: "Füße" },
      output: null,
    });
  });

  it("gets an id where its sender gives none, and says where it is", async () => {
    const sessionId = await newSession(recorder);
    const answer = await start(sessionId, { agentId: "a1" }).expect(201);
    const { runId, seq } = answer.body as { runId: string; seq: number };
    expect([seq, answer.headers.location]).toEqual([2, `/api/runs/${runId}`]);
    expect((await runOf(runId)).sessionId).toBe(sessionId);
  });

  it("has the same made-up id when the request is repeated with its key", async () => {
    const sessionId = await newSession(recorder);
    const send = () => start(sessionId, { agentId: "a1" }).set("Idempotency-Key", "k").expect(201);
    const first = (await send()).body as object;
    expect((await send()).body).toEqual({ ...first, duplicate: true });
  });

  it("counts its nodes by their newest status, and its activity, while it is running", async () => {
    const { sessionId, runId } = await newRun();
    await node(sessionId, runId).expect(200);
    await node(sessionId, runId, { status: "completed" }).expect(200);
    await node(sessionId, runId, { nodeId: "n2", status: "failed" }).expect(200);
    await http.post(`/api/actions/${sessionId}`).send({ type: "tool_call", runId });
    const usage = { inputTokens: 3, outputTokens: 4 };
    await http.post(`/api/actions/${sessionId}/responses`).send({ runId, usage, costUsd: 0.0125 });
    await http.post(`/api/actions/${sessionId}/responses`).send({ usage, costUsd: 1 });
    expect(await runOf(runId)).toMatchObject({
      status: "running",
      nodeCount: 2,
      failedNodes: 1,
      activityCount: 2,
      tokensUsed: 7,
      costCents: 1.25,
      estimated: false,
    });
  });

  it("keeps its sums with the event that ends it", async () => {
    const { sessionId, runId } = await newRun();
    await node(sessionId, runId).expect(200);
    await complete(sessionId, runId, { status: "timeout", error: "slow", more: [1.0] }).expect(200);
    const answer = await http.get(`/api/sessions/${sessionId}/events?type=execution_failed`).expect(200);
    const [{ data }] = (answer.body as { events: [{ data: object }] }).events;
    expect(data).toEqual({
      runId,
      status: "timeout",
      error: "slow",
      more: [1],
      totals: {
        startedAt: (await runOf(runId)).startedAt,
        durationMs: (await runOf(runId)).durationMs,
        nodeCount: 1,
        failedNodes: 0,
        activityCount: 0,
        tokenUsage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
        costUsd: 0,
        estimated: false,
      },
    });
    expect(await runOf(runId)).toMatchObject({ status: "timeout", error: "slow", nodeCount: 1 });
  });

  it("has the tokens and cost that its end names", async () => {
    const { sessionId, runId } = await newRun();
    await complete(sessionId, runId, { status: "completed", tokensUsed: 9, costCents: 0.5 }).expect(200);
    expect(await runOf(runId)).toMatchObject({ status: "completed", tokensUsed: 9, costCents: 0.5 });
  });

  it("shows a large input and output whole", async () => {
    const text = "ü".repeat(100_000);
    const { sessionId, runId } = await newRun({ input: text });
    await complete(sessionId, runId, { status: "completed", output: [text] }).expect(200);
    expect(await runOf(runId)).toMatchObject({ input: text, output: [text], error: null });
  });

  it("is interrupted while its session is closed, and runs again with its next event after that", async () => {
    const { sessionId, runId } = await newRun();
    const answer = await http.post(`/api/sessions/${sessionId}/finalize`).expect(200);
    const { finalizedAt } = (answer.body as { final: { finalizedAt: string } }).final;
    expect(await runOf(runId)).toMatchObject({ status: "interrupted", completedAt: finalizedAt });
    expect(problemOf(await node(sessionId, runId).expect(409))).toEqual(["session_closed", undefined]);
    await http.post(`/api/sessions/${sessionId}/resume`).expect(200);
    expect((await runOf(runId)).status).toBe("interrupted");
    await node(sessionId, runId).expect(200);
    expect(await runOf(runId)).toMatchObject({ status: "running", completedAt: null, durationMs: null });
    await complete(sessionId, runId).expect(200);
    expect((await runOf(runId)).status).toBe("completed");
  });

  it("goes with its session", async () => {
    const { sessionId, runId } = await newRun();
    await http.delete(`/api/sessions/${sessionId}`).expect(200);
    expect(problemOf(await http.get(`/api/runs/${runId}`).expect(404))).toEqual(["run_not_found", ["runId"]]);
    await newRun({ runId });
  });
});

describe("a write that does not fit", () => {
  it.each([
    ["to an unknown run", (id: string) => node(id, "nowhere"), 404, ["run_not_found", ["runId"]]],
    ["to end an unknown run", (id: string) => complete(id, "nowhere"), 404, ["run_not_found", ["runId"]]],
    [
      "of an id that stands for another",
      (id: string) => start(id, { runId: "active", agentId: "a" }),
      400,
      ["invalid_request", ["runId"]],
    ],
    ["to a run of that id", (id: string) => node(id, "active"), 400, ["invalid_request", ["runId"]]],
    ["without an agent", (id: string) => start(id, {}), 400, ["invalid_request", ["agentId"]]],
    ["in another session", () => node("nowhere", "r"), 404, ["session_not_found", undefined]],
  ] as const)("%s is refused and stores nothing", async (_, send, status, problem) => {
    const sessionId = await newSession(recorder);
    expect(problemOf(await send(sessionId).expect(status))).toEqual(problem);
    expect(await eventCount(recorder, sessionId)).toBe(1);
  });

  it("with times that run backwards or last less than nothing names each", async () => {
    const { sessionId, runId } = await newRun();
    const times = {
      startedAt: "2026-01-01T12:00:00Z",
      completedAt: "2026-01-01T13:59:59+02:00",
      durationMs: -1,
    };
    const answer = await node(sessionId, runId, times).expect(400);
    expect((answer.body as Problem).errors?.map(({ path }) => path).sort()).toEqual([
      "completedAt",
      "durationMs",
    ]);
    expect(await eventCount(recorder, sessionId)).toBe(2);
  });

  it("to a run that has ended is refused, and a repeat of its end is none", async () => {
    const { sessionId, runId } = await newRun();
    const end = () => complete(sessionId, runId).set("Idempotency-Key", "end");
    const first = (await end().expect(200)).body as object;
    expect((await end().expect(200)).body).toEqual({ ...first, duplicate: true });
    expect(problemOf(await complete(sessionId, runId).expect(409))).toEqual(["run_closed", ["runId"]]);
    expect(problemOf(await node(sessionId, runId).expect(409))).toEqual(["run_closed", ["runId"]]);
    expect((await start(sessionId, { runId, agentId: "other" }).expect(201)).body).toMatchObject({
      runId,
      seq: 2,
      duplicate: true,
    });
    expect(await eventCount(recorder, sessionId)).toBe(3);
  });

  it("that takes another session's run id names its owner", async () => {
    const { sessionId, runId } = await newRun();
    const other = await newSession(recorder);
    const answer = await start(other, { runId, agentId: "a" }).expect(409);
    expect([(answer.body as Problem).code, (answer.body as Problem).detail]).toEqual([
      "illegal_transition",
      `run ${runId} belongs to session ${sessionId}`,
    ]);
    expect(await eventCount(recorder, other)).toBe(1);
  });

  it("lets one session have an id that several ask for at once", async () => {
    const sessions = await Promise.all([1, 2, 3, 4].map(() => newSession(recorder)));
    const answers = await Promise.all(
      sessions.map((sessionId) => start(sessionId, { runId: "wanted", agentId: "a" })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });
});

describe("the runs of a session", () => {
  it("come newest first, in pages", async () => {
    const sessionId = await newSession(recorder);
    for (const runId of ["p1", "p2", "p3"]) await start(sessionId, { runId, agentId: "a1" }).expect(201);
    const first = await http.get(`/api/sessions/${sessionId}/runs?limit=2`).expect(200);
    const second = await http.get(nextPage(first) ?? "").expect(200);
    const ids = [first, second].map(({ body }) => (body as RunSummary[]).map(({ runId }) => runId));
    expect(ids).toEqual([["p3", "p2"], ["p1"]]);
    expect(nextPage(second)).toBeUndefined();
  });

  it("are listed by a fork as well, which goes on with them, while they stay its source's for everybody else", async () => {
    const { sessionId, runId } = await newRun();
    const answer = await http.post(`/api/sessions/${sessionId}/fork`).expect(201);
    const fork = (answer.body as { sessionId: string }).sessionId;
    await complete(fork, runId).expect(200);
    await start(fork, { runId: `${runId}-fork`, agentId: "a1" }).expect(201);
    const listed = (await http.get(`/api/sessions/${fork}/runs`).expect(200)).body as RunSummary[];
    expect(listed.map((run) => [run.runId, run.sessionId, run.status])).toEqual([
      [`${runId}-fork`, fork, "running"],
      [runId, fork, "completed"],
    ]);
    expect(await runOf(runId)).toMatchObject({ sessionId, status: "running" });
  });

  it("cannot be asked of a session that is none", async () => {
    expect(problemOf(await http.get("/api/sessions/nowhere/runs").expect(404))).toEqual([
      "session_not_found",
      undefined,
    ]);
  });
});
