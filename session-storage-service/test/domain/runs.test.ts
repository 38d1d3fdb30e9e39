import { describe, expect, it } from "vitest";
import type { EventType, JsonObject } from "session-protocol";
import { metadataDocument, metadataOf, sessionFromDocuments, stateOf } from "../../src/domain/documents.js";
import { inOrder, runsDocument, runsFrom, usageDocument, usageFrom } from "../../src/domain/run-documents.js";
import type { Session } from "../../src/domain/session.js";
import { created, NOON, stored } from "../support/events.js";
import { foldAll } from "../support/fold-all.js";

type Told = readonly [type: EventType, data: JsonObject, timestamp?: string];

function sessionOf(...told: Told[]): Session {
  const events = told.map(([type, data, timestamp = NOON], index) =>
    stored({ seq: index + 2, type, data, timestamp }),
  );
  return foldAll([
    created({ data: { userId: "u", initial: { config: { model: "m0" } } } }),
    ...events,
  ]) as Session;
}

const begin = (runId = "r1", more: JsonObject = {}): Told => [
  "execution_started",
  { runId, agentId: "a1", ...more },
];
const node = (nodeId: string, status: string): Told => [
  "node_executed",
  { runId: "r1", nodeId, nodeType: "t", status },
];
const end: Told = ["execution_completed", { runId: "r1", status: "completed" }];
const open = (session: Session) => inOrder(session.runs);

describe("open runs", () => {
  it("begin with nothing done", () => {
    expect(open(sessionOf(begin("r1", { model: "m1", extra: 1 })))).toEqual([
      expect.objectContaining({
        runId: "r1",
        agentId: "a1",
        model: "m1",
        flow: null,
        seq: 2,
        startedAt: NOON,
        interruptedAt: null,
        activityCount: 0,
      }),
    ]);
  });

  it("count a node once, as failed while its newest status is", () => {
    const failed = sessionOf(begin(), node("n1", "running"), node("n1", "failed"), node("n2", "completed"));
    expect(failed.runs.nodeCount).toBe(2);
    expect(open(failed)).toMatchObject([{ failedNodes: 1 }]);
    const mended = sessionOf(begin(), node("n1", "failed"), node("n1", "completed"));
    expect(open(mended)).toMatchObject([{ failedNodes: 0 }]);
  });

  it("are gone when they have ended, with their nodes", () => {
    const { runs } = sessionOf(begin(), node("n1", "failed"), begin("r2"), end);
    expect([open({ runs } as Session).map(({ runId }) => runId), runs.nodeCount, runs.seq]).toEqual([
      ["r2"],
      0,
      5,
    ]);
  });

  it("add up what their responses used", () => {
    const usage = { inputTokens: 2, outputTokens: 3 };
    const used = sessionOf(
      begin(),
      ["response", { runId: "r1", usage, costUsd: 0.1, estimated: true }],
      ["response", { runId: "r1", usage, costUsd: 0.2 }],
      ["response", { runId: "other", usage, costUsd: 1 }],
      ["action", { type: "x", runId: "r1" }],
    );
    expect(open(used)).toMatchObject([
      { activityCount: 3, tokenUsage: { total: 10 }, costUsd: 0.3, estimated: true },
    ]);
    expect(used.tokenUsage.total).toBe(15);
  });

  it("do not mind events of runs that nobody began", () => {
    const session = sessionOf(
      node("n1", "failed"),
      end,
      ["action", { type: "x", runId: "r1" }],
      ["action", { type: "x", runId: null }],
    );
    expect([open(session), session.runs.seq, session.metrics.actions]).toEqual([[], 0, 2]);
  });
});

describe("a session that ends", () => {
  const later = "2026-01-01T13:00:00.000Z";
  it.each<[string, Told]>([
    ["is interrupted", ["session_interrupted", {}, later]],
    ["is finalized", ["session_finalized", {}, later]],
    ["is terminated", ["status_changed", { to: "terminated" }, later]],
  ])("and %s interrupts its runs", (_, told) => {
    expect(open(sessionOf(begin(), told))).toMatchObject([{ interruptedAt: later }]);
  });

  it.each<[string, Told]>([
    ["a node", node("n", "running")],
    ["an action", ["action", { type: "x", runId: "r1" }]],
    ["a response", ["response", { type: "text", runId: "r1" }]],
  ])("leaves a run that %s shows to be running again", (_, told) => {
    const back: Told = ["status_changed", { to: "active" }];
    const session = sessionOf(begin(), begin("r2"), ["session_interrupted", {}, later], back, told);
    expect(open(session)).toMatchObject([{ interruptedAt: null }, { interruptedAt: later }]);
  });

  it("twice leaves the time of the first end", () => {
    const session = sessionOf(
      begin(),
      ["session_interrupted", {}, later],
      ["status_changed", { to: "active" }],
      ["session_interrupted", {}],
    );
    expect(open(session)).toMatchObject([{ interruptedAt: later }]);
  });
});

describe("usage", () => {
  it("is told apart by day, model and agent, with what the run or the session names", () => {
    const session = sessionOf(
      begin("r1", { model: "m1" }),
      ["response", { runId: "r1", usage: { inputTokens: 1 }, costUsd: 1, estimated: true }],
      ["response", { model: "m2", agentId: "a2", usage: { inputTokens: 2 } }],
      ["response", { usage: { inputTokens: 3 } }, "2026-01-02T00:00:00.000Z"],
      ["response", { type: "text" }],
    );
    const rows = usageDocument(session.usage).usage.map((row) => [
      row.day,
      row.model,
      row.agentId,
      row.runs,
      row.tokenUsage.input,
      row.costUsd,
      row.estimated,
    ]);
    expect(rows).toEqual([
      ["2026-01-01", "m1", "a1", 1, 1, 1, true],
      ["2026-01-01", "m2", "a2", 0, 2, 0, false],
      ["2026-01-02", "m0", null, 0, 3, 0, false],
    ]);
    expect(session.usage.seq).toBe(5);
  });

  it("has a bounded number of rows, and loses nothing of the sums", () => {
    const responses = Array.from({ length: 2_100 }, (_, index): Told => {
      return [
        "response",
        { agentId: `a${String(index)}`, model: `m${String(index)}`, usage: { inputTokens: 1 } },
      ];
    });
    const { usage } = usageDocument(sessionOf(...responses).usage);
    expect(usage).toHaveLength(2_001);
    expect(usage.reduce((sum, row) => sum + row.tokenUsage.total, 0)).toBe(2_100);
  });

  it("of a fork is what was used in it, not what it has from its source", () => {
    const response: JsonObject = { usage: { inputTokens: 1 } };
    const forkedFrom = { sessionId: "source", seq: 3 };
    const session = foldAll([
      created({ data: { userId: "u", initial: {}, forkedFrom } }),
      stored({ seq: 2, type: "execution_started", data: { runId: "r1", agentId: "a1" } }),
      stored({ seq: 3, type: "response", data: response }),
      stored({ seq: 4, type: "response", data: response }),
    ]) as Session;
    expect(usageDocument(session.usage).usage).toMatchObject([{ runs: 0, tokenUsage: { total: 1 } }]);
    expect([session.tokenUsage.total, open(session).length]).toEqual([2, 1]);
  });
});

describe("a session's documents", () => {
  it("give its runs and its usage back", () => {
    const session = sessionOf(begin(), node("n1", "failed"), begin("r2"), [
      "response",
      { runId: "r2", usage: { inputTokens: 1 } },
    ]);
    const { initial, final, producers } = session;
    const through = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
    const back = sessionFromDocuments({
      metadata: metadataOf(session),
      state: session.state,
      initial,
      final,
      producers,
      runs: runsFrom(through(runsDocument(session.runs))),
      usage: usageFrom(through(usageDocument(session.usage))),
    });
    expect({ ...back, state: stateOf(back) }).toEqual({ ...session, state: stateOf(session) });
    expect(metadataDocument(session).derived).toEqual({ runs: 5, usage: 5 });
  });
});
