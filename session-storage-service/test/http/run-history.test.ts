import { afterAll, describe, expect, it } from "vitest";
import { HistoryEntry, RunLogs, RunStats, SessionPage, UsageReport } from "session-protocol";
import { problemOf, runRequests } from "../support/run-requests.js";
import { newSession, nextPage, startTestService } from "../support/service.js";

const recorder = await startTestService();
const { http } = recorder;
const { start, node, complete, newRun } = runRequests(recorder);
afterAll(() => recorder.stop());

async function historyOf(query: string): Promise<HistoryEntry[]> {
  const answer = await http.get(`/api/agents/history?${query}`).expect(200);
  return HistoryEntry.array().parse(answer.body);
}

const idsOf = async (query: string) => (await historyOf(query)).map(({ runId }) => runId);

/** Runs of an agent of its own: the first has succeeded, the second failed, the third is running. */
async function threeRuns(agentId: string, userId: string): Promise<string[]> {
  const sessionId = await newSession(recorder, { userId });
  const ids = ["1", "2", "3"].map((name) => `${agentId}-${name}`);
  for (const runId of ids) await start(sessionId, { runId, agentId }).expect(201);
  await complete(sessionId, ids[0] as string, { status: "completed", costCents: 1.5, tokensUsed: 10 }).expect(
    200,
  );
  await complete(sessionId, ids[1] as string, { status: "failed", error: "x", tokensUsed: 5 }).expect(200);
  return ids.reverse();
}

describe("the history", () => {
  it("tells of runs newest first, a completed one as a success, with its duration in words", async () => {
    const [running, failed, done] = await threeRuns("h1", "hana");
    const entries = await historyOf("agentId=h1");
    expect(entries.map(({ runId, status, duration }) => [runId, status, duration])).toEqual([
      [running, "running", null],
      [failed, "failed", "0s"],
      [done, "success", "0s"],
    ]);
  });

  it("can be narrowed by agent, user, status and time, and by several of them", async () => {
    const [running, failed, done] = (await threeRuns("h2", "hugo")) as [string, string, string];
    const [, { startedAt }] = (await historyOf("agentId=h2")) as [HistoryEntry, HistoryEntry];
    expect(await idsOf("userId=hugo")).toEqual([running, failed, done]);
    expect(await idsOf("userId=hugo&status=success")).toEqual([done]);
    expect(await idsOf("agentId=h2&status=running")).toEqual([running]);
    expect(await idsOf("agentId=h2&userId=hugo&status=failed")).toEqual([failed]);
    expect(await idsOf("agentId=h2&userId=nobody")).toEqual([]);
    expect(await idsOf(`agentId=h2&since=${startedAt}`)).toContain(failed);
    expect(await idsOf("agentId=h2&until=2020-01-01")).toEqual([]);
    expect(await idsOf("status=failed&limit=1000")).toContain(failed);
  });

  it("comes in pages", async () => {
    const all = await threeRuns("h3", "hilda");
    const pages: string[] = [];
    for (let next: string | undefined = "/api/agents/history?agentId=h3&limit=2"; next !== undefined;) {
      const answer = await http.get(next).expect(200);
      pages.push(...(answer.body as HistoryEntry[]).map(({ runId }) => runId));
      next = nextPage(answer);
    }
    expect(pages).toEqual(all);
    expect(await idsOf("agentId=h3&skip=2")).toEqual(all.slice(2));
  });

  it.each(["limit=0", "limit=1001", "skip=-1", "status=completed", "since=yesterday", "agentId=a/b"])(
    "refuses %s",
    async (query) => {
      const [code, paths] = problemOf(await http.get(`/api/agents/history?${query}`).expect(400));
      expect([code, paths]).toEqual(["invalid_request", [query.split("=")[0]]]);
    },
  );
});

it("finds the sessions in which an agent has had a run", async () => {
  await threeRuns("h4", "heidi");
  const body = SessionPage.parse((await http.get("/api/sessions?agentId=h4").expect(200)).body);
  expect([body.total, body.sessions.map(({ userId }) => userId)]).toEqual([1, ["heidi"]]);
  await http.get("/api/sessions?agentId=h4&userId=nobody").expect(200, /"total":0/);
});

describe("the log of a run", () => {
  const logsOf = async (runId: string): Promise<RunLogs> =>
    RunLogs.parse((await http.get(`/api/agents/logs?runId=${runId}`).expect(200)).body);

  it("has its nodes as they were first seen, each as it stands", async () => {
    const { sessionId, runId } = await newRun();
    await node(sessionId, runId, { nodeId: "a", input: { q: 1 }, metadata: { k: "ü" } });
    await node(sessionId, runId, {
      nodeId: "b",
      name: "Bash",
      status: "failed",
      nodeType: "tool",
      error: { message: "bad", at: 1 },
      durationMs: 125_000,
    });
    await http.post(`/api/actions/${sessionId}`).send({ type: "x", runId });
    await node(sessionId, runId, {
      nodeId: "a",
      status: "completed",
      output: [1],
      startedAt: "2026-01-01T00:00:00Z",
      completedAt: "2026-01-01T00:00:08.4Z",
    });
    await complete(sessionId, runId, {
      status: "failed",
      error: "gave up",
      output: { left: true },
      tokensUsed: 3,
    });
    const { summary, ...logs } = await logsOf(runId);
    expect(logs).toEqual({
      runId,
      nodes: [
        {
          id: "a",
          name: null,
          type: "llm",
          parentId: null,
          input: { q: 1 },
          output: [1],
          startedAt: "2026-01-01T00:00:00Z",
          time: "8s",
          durationMs: 8_400,
          status: "completed",
          errorMessage: null,
          metadata: { k: "ü" },
        },
        {
          id: "b",
          name: "Bash",
          type: "tool",
          parentId: null,
          input: null,
          output: null,
          startedAt: expect.any(String) as string,
          time: "2m 05s",
          durationMs: 125_000,
          status: "failed",
          errorMessage: "bad",
          metadata: null,
        },
      ],
      errors: [
        { nodeId: "b", message: "bad" },
        { nodeId: null, message: "gave up" },
      ],
      finalOutput: { left: true },
    });
    expect(summary).toMatchObject({
      totalNodes: 2,
      successfulNodes: 1,
      failedNodes: 1,
      tokensUsed: 3,
      costCents: 0,
    });
    expect(summary.totalDuration).toMatch(/^\d\.\ds$/);
  });

  it("shows a run that is running, without what it has not come to", async () => {
    const { sessionId, runId } = await newRun();
    await node(sessionId, runId, { parentNodeId: "root" });
    await node(sessionId, runId, { nodeId: "quick", status: "completed", durationMs: 1_000 });
    const {
      nodes: [waiting, quick],
    } = await logsOf(runId);
    expect(Date.parse(waiting?.startedAt ?? "") - Date.parse(quick?.startedAt ?? "")).toBeGreaterThan(500);
    const { nodes, summary, finalOutput } = await logsOf(runId);
    expect(nodes[0]).toMatchObject({ parentId: "root", status: "running", time: null, durationMs: null });
    expect([summary.totalDuration, finalOutput]).toEqual([null, null]);
  });

  it("could not be read where a step says it took longer than there has been time", async () => {
    const { sessionId, runId } = await newRun();
    await node(sessionId, runId, {
      nodeId: "eternal",
      status: "completed",
      durationMs: Number.MAX_SAFE_INTEGER,
    });
    const [eternal] = (await logsOf(runId)).nodes;
    expect(Date.parse(eternal?.startedAt ?? "")).toBeGreaterThan(0);
    expect(eternal?.durationMs).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("has all nodes of a long run, also those that end long after others began", async () => {
    const { sessionId, runId } = await newRun();
    const event = (index: number, status: string) => ({
      type: "node_executed",
      data: { runId, nodeId: `n${String(index)}`, nodeType: "t", status, output: index },
    });
    const indexes = Array.from({ length: 1_000 }, (_, index) => index);
    const batch = (events: object[]) =>
      http.post(`/api/sessions/${sessionId}/batch`).send({ events }).expect(200);
    await batch(indexes.map((index) => event(index, "running")));
    await batch(indexes.map((index) => event(1_000 + index, "completed")));
    await batch([event(0, "failed"), event(1_500, "failed")]);
    const { nodes, errors, summary } = await logsOf(runId);
    expect(nodes.map(({ output }) => output)).toEqual([...indexes, ...indexes.map((index) => index + 1_000)]);
    expect(errors.map(({ nodeId }) => nodeId)).toEqual(["n0", "n1500"]);
    expect(summary).toMatchObject({ totalNodes: 2_000, successfulNodes: 999, failedNodes: 2 });
  });

  it.each([
    ["runId=nowhere", 404, ["run_not_found", ["runId"]]],
    ["runId=active", 400, ["invalid_request", ["runId"]]],
    ["", 400, ["invalid_request", ["runId"]]],
  ])("is refused for %j", async (query, status, problem) => {
    expect(problemOf(await http.get(`/api/agents/logs?${query}`).expect(status))).toEqual(problem);
  });
});

describe("statistics of runs", () => {
  const statsOf = async (path: string): Promise<RunStats> =>
    RunStats.parse((await http.get(`/api/query/stats/${path}`).expect(200)).body);

  it.each(["agents/s1", "users/sara"])("of %s count by status and by day", async (path) => {
    if (path === "agents/s1") await threeRuns("s1", "sara");
    const { since, until, series, durationMs, ...sums } = await statsOf(`${path}?days=3`);
    const runs = { total: 3, running: 1, completed: 1, failed: 1, timeout: 0, cancelled: 0, interrupted: 0 };
    const costs = { tokensUsed: 15, costCents: 1.5, estimated: false };
    expect(sums).toEqual({ runs, successRate: 0.5, ...costs });
    expect(series.map(({ day }) => day)).toEqual([since, expect.any(String), until]);
    expect(series.at(-1)).toEqual({ day: until, runs, ...costs });
    expect(series[0]).toEqual({
      day: since,
      runs: Object.fromEntries(Object.keys(runs).map((name) => [name, 0])),
      tokensUsed: 0,
      costCents: 0,
      estimated: false,
    });
    expect(durationMs.max).toBeGreaterThanOrEqual(durationMs.p50 ?? NaN);
  });

  it("of somebody who has run nothing are empty, over 30 days", async () => {
    const { runs, successRate, durationMs, series } = await statsOf("users/nobody");
    expect([runs.total, successRate, durationMs.p50, series.length]).toEqual([0, null, null, 30]);
  });

  it.each(["0", "3651", "1000000", "-1", "x"])("are refused for %s days", async (days) => {
    expect(problemOf(await http.get(`/api/query/stats/users/u?days=${days}`).expect(400))).toEqual([
      "invalid_request",
      ["days"],
    ]);
  });
});

describe("usage", () => {
  const usageOf = async (query: string) =>
    UsageReport.parse((await http.get(`/api/query/usage?${query}`).expect(200)).body).rows;

  it("is told by day, model, agent and user, with what it cost", async () => {
    const sessionId = await newSession(recorder, { userId: "uma" });
    await start(sessionId, { runId: "u-1", agentId: "u-agent", model: "claude-sonnet-4-5" }).expect(201);
    const usage = { inputTokens: 1_000, outputTokens: 200, cacheReadTokens: 10_000 };
    await http.post(`/api/actions/${sessionId}/responses`).send({ runId: "u-1", usage }).expect(200);
    const tokenUsage = { input: 1_000, output: 200, cacheRead: 10_000, cacheWrite: 0, total: 11_200 };
    const row = { runs: 1, tokenUsage, costUsd: 0.009, estimated: true };
    for (const [groupBy, key] of [
      ["model", "claude-sonnet-4-5"],
      ["agentId", "u-agent"],
      ["userId", "uma"],
    ]) {
      expect(await usageOf(`groupBy=${groupBy as string}`)).toContainEqual({ key, ...row });
    }
    const today = new Date().toISOString().slice(0, 10);
    const days = await usageOf("");
    expect(days.map(({ key }) => key)).toEqual([today]);
    expect(await usageOf(`since=${today}&until=${today}`)).toEqual(days);
    expect(await usageOf("until=2020-01-01")).toEqual([]);
  });

  it("stores what it estimates with the response, however that was sent", async () => {
    const sessionId = await newSession(recorder);
    const data = { model: "gpt-4.1-mini-2025-04-14", usage: { inputTokens: 1_000_000 } };
    await http.post(`/api/actions/${sessionId}/responses`).send(data).expect(200);
    await http
      .post(`/api/sessions/${sessionId}/batch`)
      .type("application/x-ndjson")
      .send(`${JSON.stringify({ type: "response", data })}\n`)
      .expect(200);
    const answer = await http.get(`/api/actions/${sessionId}/responses`).expect(200);
    expect(answer.body).toMatchObject([
      { costUsd: 0.4, estimated: true },
      { costUsd: 0.4, estimated: true },
    ]);
    const session = await http.get(`/api/sessions/${sessionId}`).expect(200);
    expect((session.body as { metadata: object }).metadata).toMatchObject({ costUsd: 0.8 });
  });

  it("is refused by anything else", async () => {
    expect(problemOf(await http.get("/api/query/usage?groupBy=hour").expect(400))).toEqual([
      "invalid_request",
      ["groupBy"],
    ]);
  });
});
