import { afterAll, describe, expect, it } from "vitest";
import { problemOf, runRequests } from "../support/run-requests.js";
import { eventCount, newSession, startTestService } from "../support/service.js";

const recorder = await startTestService();
const { http } = recorder;
const { runOf, newRun } = runRequests(recorder);
afterAll(() => recorder.stop());

describe("a batch of runs' events", () => {
  const batch = (sessionId: string, events: object[]) =>
    http.post(`/api/sessions/${sessionId}/batch`).send({ events });
  const began = (runId: string) => ({ type: "execution_started", data: { runId, agentId: "a1" } });
  const step = (runId: string) => ({
    type: "node_executed",
    data: { runId, nodeId: "n", nodeType: "t", status: "completed" },
  });
  const ended = (runId: string) => ({ type: "execution_completed", data: { runId } });

  it("may hold a whole run", async () => {
    const sessionId = await newSession(recorder);
    await batch(sessionId, [
      began("b1"),
      step("b1"),
      { type: "action", data: { type: "x", runId: "b1" } },
      ended("b1"),
    ]).expect(200);
    expect(await runOf("b1")).toMatchObject({ status: "completed", nodeCount: 1, activityCount: 1 });
  });

  it.each([
    [
      "a step after the end",
      [began("b2"), ended("b2"), step("b2")],
      409,
      ["run_closed", ["events.2.data.runId"]],
    ],
    [
      "a step before the beginning",
      [step("b3"), began("b3")],
      404,
      ["run_not_found", ["events.0.data.runId"]],
    ],
    [
      "no status that fits its type",
      [began("b4"), { type: "execution_completed", data: { runId: "b4", status: "failed" } }],
      400,
      ["invalid_request", ["events.1.data.status"]],
    ],
  ])("with %s stores nothing", async (_, events, status, problem) => {
    const sessionId = await newSession(recorder);
    expect(problemOf(await batch(sessionId, events).expect(status))).toEqual(problem);
    expect(await eventCount(recorder, sessionId)).toBe(1);
  });

  it("that takes another session's run id stores nothing, and names the event", async () => {
    const { runId } = await newRun();
    const sessionId = await newSession(recorder);
    expect(problemOf(await batch(sessionId, [step("x"), began(runId)]).expect(409))).toEqual([
      "illegal_transition",
      ["events.1.data.runId"],
    ]);
    expect(await eventCount(recorder, sessionId)).toBe(1);
  });

  it("took an event for stored whose id is `run:` and the id of one of the batch's runs", async () => {
    const { sessionId, runId } = await newRun();
    const action = { type: "action", id: `run:${runId}`, data: { type: "x", runId } };
    const answer = await batch(sessionId, [action, step(runId)]).expect(200);
    expect(answer.body).toMatchObject({ firstSeq: 3, lastSeq: 4, stored: 2, duplicates: 0 });
  });

  it("took a run for begun because an event's id is `run:` and its id", async () => {
    const sessionId = await newSession(recorder);
    const action = { type: "action", id: "run:b5", data: { type: "x" } };
    await batch(sessionId, [action]).expect(200);
    const answer = await batch(sessionId, [action, began("b5")]).expect(200);
    expect(answer.body).toMatchObject({ stored: 1, duplicates: 1 });
    expect(await runOf("b5")).toMatchObject({ sessionId, status: "running" });
  });

  it("keeps activity of runs nobody knows as it was sent", async () => {
    const sessionId = await newSession(recorder);
    await batch(sessionId, [{ type: "action", data: { type: "x", runId: "unknown" } }]).expect(200);
    const answer = await http.get(`/api/actions/${sessionId}?runId=unknown`).expect(200);
    expect(answer.body).toHaveLength(1);
  });

  it.each([
    ["its sender has measured", "d1", { durationMs: 45_200, timestamp: "2026-01-01T12:00:01.000Z" }, 45_200],
    ["lies between the times of its sender", "d2", { timestamp: "2026-01-01T13:00:02.500+01:00" }, 2_500],
  ])("did not say how long a run took that came at once, but %s", async (_, runId, end, durationMs) => {
    const sessionId = await newSession(recorder);
    const agentId = `agent-of-${runId}`;
    await batch(sessionId, [
      { type: "execution_started", data: { runId, agentId, timestamp: "2026-01-01T12:00:00.000Z" } },
      { type: "execution_completed", data: { runId, ...end } },
    ]).expect(200);
    const history = await http.get(`/api/agents/history?agentId=${agentId}`).expect(200);
    const stats = await http.get(`/api/query/stats/agents/${agentId}`).expect(200);
    const told = await http.get(`/api/sessions/${sessionId}/timeline`).expect(200);
    expect(await runOf(runId)).toMatchObject({ durationMs });
    expect(history.body).toMatchObject([{ durationMs, duration: `${Math.round(durationMs / 1_000)}s` }]);
    expect(stats.body).toMatchObject({ durationMs: { p50: durationMs, max: durationMs } });
    expect((told.body as { timeline: object[] }).timeline.at(-1)).toMatchObject({ duration: durationMs });
  });

  it.each([
    ["a clock was set back", "d3", "2026-01-01T12:00:00.000Z", "2026-01-01T11:00:00.000Z"],
    ["no time is told", "d4", "then", "now"],
  ])("goes by the times of storage where %s", async (_, runId, begun, over) => {
    const sessionId = await newSession(recorder);
    await batch(sessionId, [
      { type: "execution_started", data: { runId, agentId: "a1", timestamp: begun } },
      { type: "execution_completed", data: { runId, timestamp: over } },
    ]).expect(200);
    expect(await runOf(runId)).toMatchObject({ durationMs: 0 });
  });
});
