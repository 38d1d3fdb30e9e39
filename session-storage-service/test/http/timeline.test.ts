import { Timeline, type TimelineEntry } from "session-protocol";
import { afterAll, describe, expect, it } from "vitest";
import { problemOf, runRequests } from "../support/run-requests.js";
import { newSession, startTestService } from "../support/service.js";

const recorder = await startTestService();
const { http } = recorder;
afterAll(() => recorder.stop());
const { start, node, complete } = runRequests(recorder);

type Sent = readonly [type: string, data: object];

async function sessionOf(...events: readonly Sent[]): Promise<string> {
  const sessionId = await newSession(recorder);
  const body = { events: events.map(([type, data]) => ({ type, data })) };
  await http.post(`/api/sessions/${sessionId}/batch`).send(body).expect(200);
  return sessionId;
}

async function timelineOf(sessionId: string, query = ""): Promise<TimelineEntry[]> {
  const answer = await http.get(`/api/sessions/${sessionId}/timeline${query}`).expect(200);
  return Timeline.parse(answer.body).timeline;
}

const note = (text: string): Sent => ["action", { type: "note", text }];
const notes = (count: number) => Array.from({ length: count }, (_, index) => note(String(index)));
const seqsOf = (entries: readonly TimelineEntry[]) => entries.map(({ seq }) => seq);

describe("a timeline", () => {
  it("says when its senders say that things happened, where that is another time", async () => {
    const call = { type: "bash_exec", startedAt: "2026-01-01T10:00:00Z" };
    const sessionId = await sessionOf(
      ["action", { ...call, timestamp: "2026-01-01T12:00:30+02:00" }],
      ["action", { ...call, durationMs: 5, timestamp: "whenever" }],
      ["action", { ...call, timestamp: "+012026-01-01T00:00:00.000Z" }],
    );
    const [, spooled, unclear, late] = await timelineOf(sessionId);
    expect(late).not.toHaveProperty("sentAt");
    expect(spooled).toMatchObject({ sentAt: "2026-01-01T10:00:30.000Z", startedAt: call.startedAt });
    expect(unclear).not.toHaveProperty("sentAt");
    expect(unclear).not.toHaveProperty("startedAt");
  });

  it("tells of a run from its start to its end", async () => {
    const sessionId = await newSession(recorder);
    for (const [runId, end] of [
      ["well", { status: "completed", tokensUsed: 12 }],
      ["badly", { status: "timeout", error: { message: "too slow" } }],
    ] as const) {
      await start(sessionId, { runId, agentId: "a1", flow: "f" }).expect(201);
      await node(sessionId, runId, { status: "completed" }).expect(200);
      await complete(sessionId, runId, end).expect(200);
    }
    const summary = (await http.get("/api/runs/well").expect(200)).body as { durationMs: number };
    const entries = await timelineOf(sessionId, "?sample=1000");
    expect(entries).toEqual([
      expect.objectContaining({ type: "session_created", seq: 1 }),
      {
        ts: expect.any(String) as string,
        type: "invocation.started",
        event: "execution_started",
        seq: 2,
        runId: "well",
        agentId: "a1",
        flow: "f",
      },
      {
        ts: expect.any(String) as string,
        type: "invocation.completed",
        event: "execution_completed",
        seq: 4,
        runId: "well",
        status: "completed",
        tokensUsed: 12,
        success: true,
        duration: summary.durationMs,
        nodeCount: 1,
      },
      expect.objectContaining({ type: "invocation.started", runId: "badly" }),
      expect.objectContaining({
        type: "invocation.completed",
        event: "execution_failed",
        runId: "badly",
        success: false,
        failed: true,
        status: "timeout",
        error: "too slow",
      }),
    ]);
  });

  const ALWAYS: readonly Sent[] = [
    ["action", { type: "tool_call", tool: "Read" }],
    ["action", { type: "mcp_call" }],
    ["action", { type: "bash_exec" }],
    ["action", { type: "file_read" }],
    ["action", { type: "task_spawn" }],
    ["action", { type: "error", message: "no" }],
    ["action", { type: "note", error: "broken" }],
    ["action", { type: "note", status: "failed" }],
    ["response", { type: "text", error: { code: 529 } }],
    ["goal_added", { id: "g1", description: "d" }],
    ["goal_updated", { goalId: "g1", status: "completed" }],
    ["state_updated", { goals: [] }],
    ["agent_spawned", { agentId: "a1", type: "scout" }],
    ["agent_completed", { agentId: "a1", status: "failed" }],
    ["execution_started", { runId: "kept-run", agentId: "a1" }],
    ["node_executed", { runId: "kept-run", nodeId: "n", nodeType: "llm", status: "failed" }],
    ["execution_failed", { runId: "kept-run" }],
    ["session_finalized", { status: "failure" }],
  ];

  it("names the calls that an answer asks for, so that they can be put together", async () => {
    const toolUseIds = ["toolu_1", "toolu_2"];
    const sessionId = await sessionOf(
      ["response", { content: "", toolUseIds: [...toolUseIds, 3, "x".repeat(1_000)] }],
      ["response", { toolUseIds: "toolu_3" }],
    );
    const entries = await timelineOf(sessionId, "?sample=1");
    expect(entries.map((entry) => entry.toolUseIds)).toEqual([undefined, toolUseIds, undefined]);
  });

  it("leaves out nothing that matters, however few of the others it shows", async () => {
    const sessionId = await sessionOf(
      note("first"),
      ...ALWAYS.slice(0, 9),
      note("second"),
      ...ALWAYS.slice(9),
    );
    const entries = await timelineOf(sessionId, "?sample=1000000");
    expect(entries.map(({ event }) => event)).toEqual(["session_created", ...ALWAYS.map(([type]) => type)]);
  });

  it.each([
    ["quotes them", { type: "note", text: '"tool_call", "error": "failed"' }],
    ["has none", { type: "note", error: null }],
    ["has set them aside", { type: "note", error: false, status: "fine" }],
    ["names a type only in part", { type: "a_tool_call" }],
  ])("may leave out what only looks like it: an action that %s", async (_, data) => {
    const sessionId = await sessionOf(["action", data]);
    expect(seqsOf(await timelineOf(sessionId))).toEqual([1]);
  });

  it("shows a tool call whose type is written with escapes", async () => {
    const sessionId = await newSession(recorder);
    const line = '{"type":"action","data":{"type":"\\u0074ool_call"}}\n';
    const type = "application/x-ndjson";
    await http.post(`/api/sessions/${sessionId}/batch`).set("Content-Type", type).send(line).expect(200);
    expect((await timelineOf(sessionId)).map((entry) => entry.type)).toEqual([
      "session_created",
      "tool_call",
    ]);
  });

  it.each([
    ["", [1, 11, 21, 32]],
    ["?sample=10", [1, 11, 21, 32]],
    ["?sample=7", [1, 8, 15, 22, 30, 37]],
    ["?sample=1", Array.from({ length: 41 }, (_, index) => index + 1)],
  ])("shows one in so many of the others, by their position among themselves: %s", async (query, others) => {
    const sessionId = await sessionOf(...notes(24), ["action", { type: "tool_call" }], ...notes(15));
    const shown = query === "?sample=1" ? others : [...others, 26].sort((a, b) => a - b);
    for (const _ of [1, 2]) expect(seqsOf(await timelineOf(sessionId, query))).toEqual(shown);
  });

  it("shows an action and a response by their own types, in short", async () => {
    const long = "ü".repeat(300);
    const sessionId = await sessionOf(
      [
        "action",
        { type: "tool_call", agentId: "a1", runId: "r", tool: "Read", input: { path: long }, durationMs: 3 },
      ],
      ["response", { content: long, model: "m", costUsd: 0.5, secret: long }],
    );
    const [, action, response] = await timelineOf(sessionId, "?sample=1");
    expect(action).toMatchObject({
      type: "tool_call",
      event: "action",
      agentId: "a1",
      runId: "r",
      durationMs: 3,
    });
    expect(action?.input).toBe(`{"path":"${"ü".repeat(191)}…`);
    expect(response).toEqual({
      ts: response?.ts,
      type: "text",
      event: "response",
      seq: 3,
      model: "m",
      content: `${"ü".repeat(200)}…`,
      costUsd: 0.5,
    });
  });

  it("is one entry a line where that is asked for", async () => {
    const sessionId = await sessionOf(...notes(3));
    const answer = await http
      .get(`/api/sessions/${sessionId}/timeline?sample=1`)
      .set("Accept", "application/x-ndjson")
      .expect("Content-Type", /application\/x-ndjson/)
      .expect(200);
    const lines = answer.text.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      await timelineOf(sessionId, "?sample=1"),
    );
  });

  it.each(["0", "-1", "1.5", "x", "", "1000001", "99999999999999999999"])(
    "cannot be had with a sample of '%s'",
    async (sample) => {
      const sessionId = await newSession(recorder);
      const answer = await http.get(`/api/sessions/${sessionId}/timeline?sample=${sample}`).expect(400);
      expect(problemOf(answer)).toEqual(["invalid_request", ["sample"]]);
    },
  );

  it("cannot be had of a session that is none", async () => {
    expect(problemOf(await http.get("/api/sessions/nowhere/timeline").expect(404))).toEqual([
      "session_not_found",
      undefined,
    ]);
  });
});
