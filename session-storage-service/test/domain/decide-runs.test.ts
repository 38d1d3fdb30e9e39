import { describe, expect, it } from "vitest";
import type { JsonObject } from "session-protocol";
import { decide, type Around, type Command } from "../../src/domain/decide.js";
import { costTable } from "../../src/domain/prices.js";
import type { StoredEvent } from "../../src/domain/events.js";
import { evolve, type Session } from "../../src/domain/session.js";
import { PersistentMap } from "../../src/domain/persistent-map.js";
import { command } from "../support/commands.js";
import { created, stored } from "../support/events.js";
import { foldAll } from "../support/fold-all.js";

const EARLIER = "2026-01-01T11:59:57.500Z";
const around: Around = {
  timestamp: "2026-01-01T12:00:00.000Z",
  costOf: costTable([{ model: "m", usdPerMillion: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 } }]),
  endedRuns: new Map([["old", 7]]),
};

const session = foldAll([
  created({ data: { userId: "u", initial: { config: { model: "m-latest" } } } }),
  stored({
    seq: 2,
    type: "execution_started",
    timestamp: EARLIER,
    data: { runId: "r1", agentId: "a1", model: "free" },
  }),
  stored({
    seq: 3,
    type: "node_executed",
    data: { runId: "r1", nodeId: "n1", nodeType: "t", status: "failed" },
  }),
]) as Session;

const decided = (one: Command, on: Session = session) => decide(on, one, () => "made", around);
const dataOf = (one: Command): JsonObject => {
  const decision = decided(one);
  if ("existing" in decision) throw new Error("nothing is to be stored");
  const [event] = decision.events;
  expect(JSON.parse(event?.raw ?? "")).toEqual(event?.data);
  return event?.data ?? {};
};
const refusal = (one: Command, on: Session = session) => {
  try {
    decided(one, on);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return undefined;
};

describe("execution_started", () => {
  it.each([{}, { runId: null }])("makes an id for %j", (sent) => {
    expect(dataOf(command("execution_started", { ...sent, agentId: "a" }))).toEqual({
      agentId: "a",
      runId: "run-made",
    });
  });

  it.each([
    ["open", "r1", 2],
    ["ended", "old", 7],
  ])("of a run that is %s names where it began", (_, runId, seq) => {
    expect(decided(command("execution_started", { runId, agentId: "a" }))).toEqual({ existing: seq });
  });

  it("is refused where too many are open", () => {
    const many = {
      ...session,
      runs: {
        ...session.runs,
        open: PersistentMap.of(Array.from({ length: 10_000 }, (_, index) => [`x${String(index)}`, {}])),
      },
    };
    expect(refusal(command("execution_started", { agentId: "a" }), many as Session)).toBe(
      "payload_too_large",
    );
  });
});

describe("a step that ended before it had begun, by what was told of it before,", () => {
  const told = (fields: JsonObject, seq: number) =>
    stored({ seq, type: "node_executed", data: { runId: "r1", nodeId: "n2", nodeType: "t", ...fields } });
  const running = told({ status: "running", startedAt: "2026-01-01T10:00:00Z" }, 4);
  const ending = (completedAt: string, fields: JsonObject = {}) =>
    command("node_executed", {
      runId: "r1",
      nodeId: "n2",
      nodeType: "t",
      status: "completed",
      completedAt,
      ...fields,
    });
  const after = (...events: StoredEvent[]) => events.reduce((one, event) => evolve(one, event), session);

  it("was stored", () => {
    expect(refusal(ending("2026-01-01T09:59:59Z"), after(running))).toBe("invalid_request");
    expect(refusal(ending("2026-01-01T12:00:00+02:00"), after(running))).toBeUndefined();
  });

  it.each([
    ["that says itself when it began", after(running), { startedAt: "2026-01-01T08:00:00Z" }],
    ["of which nothing was known", session, {}],
    ["that had ended and is told of anew", after(running, told({ status: "failed" }, 5)), {}],
  ])("is not one %s", (_, on, fields) => {
    expect(refusal(ending("2026-01-01T09:00:00Z", fields), on)).toBeUndefined();
  });
});

describe("node_executed", () => {
  const node = (runId: string, nodeId = "n2") =>
    command("node_executed", { runId, nodeId, nodeType: "t", status: "completed" });

  it("is for open runs only", () => {
    expect([refusal(node("r1")), refusal(node("old")), refusal(node("none"))]).toEqual([
      undefined,
      "run_closed",
      "run_not_found",
    ]);
  });

  it("is refused where open runs have too many nodes, but not of a node they have", () => {
    const full = { ...session, runs: { ...session.runs, nodeCount: 100_000 } };
    expect([refusal(node("r1"), full), refusal(node("r1", "n1"), full)]).toEqual([
      "payload_too_large",
      undefined,
    ]);
  });
});

describe("the end of a run", () => {
  it("says how it ended and what it came to, behind what was sent as it was sent", () => {
    const sent = { ...command("execution_failed", { runId: "r1", n: 1 }), raw: '{"runId": "r1", "n": 1.0 }' };
    const decision = decided(sent);
    const event = "existing" in decision ? undefined : decision.events[0];
    expect(event?.raw).toMatch(/^\{"runId": "r1", "n": 1\.0 ,"status":"failed","totals":\{/);
    expect(JSON.parse(event?.raw ?? "")).toEqual(event?.data);
    expect(event?.data).toMatchObject({
      status: "failed",
      totals: { startedAt: EARLIER, durationMs: 2_500, nodeCount: 1, failedNodes: 1 },
    });
  });

  it("does not take a sender's totals for its own", () => {
    expect(
      dataOf(command("execution_completed", { runId: "r1", totals: { nodeCount: 9 } })).totals,
    ).toMatchObject({ nodeCount: 1 });
  });

  it("lasts no less than nothing where the clock went back", () => {
    const decision = decide(session, command("execution_completed", { runId: "r1" }), () => "made", {
      ...around,
      timestamp: "2025-01-01T00:00:00.000Z",
    });
    expect(decision).toMatchObject({ events: [{ data: { totals: { durationMs: 0 } } }] });
  });
});

describe("a response without a cost", () => {
  const usage = { inputTokens: 1_000, outputTokens: 500 };

  it.each([
    ["its own model", { model: "m-2026-01-01" }, 0.002],
    ["its session's model", {}, 0.002],
    ["a model without a price, its run's", { runId: "r1" }, undefined],
    ["a model of its own though its run's has no price", { runId: "r1", model: "m-2026-01-01" }, 0.002],
    ["a cost that is null", { costUsd: null }, 0.002],
  ])("is priced by %s", (_, sent, costUsd) => {
    const data = dataOf(command("response", { type: "text", usage, ...sent }));
    expect([data.costUsd, data.estimated]).toEqual(
      costUsd === undefined ? [undefined, undefined] : [costUsd, true],
    );
  });

  it.each([
    ["what has a cost", { usage, costUsd: 0 }],
    ["what used nothing", { model: "m" }],
  ])("leaves %s as it was sent", (_, data) => {
    expect(dataOf(command("response", data))).toEqual(data);
  });
});
