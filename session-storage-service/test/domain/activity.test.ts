import { describe, expect, it } from "vitest";
import type { Activity, EventType, JsonObject } from "session-protocol";
import { runsDocument, runsFrom, type RunsDocument } from "../../src/domain/run-documents.js";
import { evolve } from "../../src/domain/session.js";
import { created, NOON, stored } from "../support/events.js";
import { foldAll } from "../support/fold-all.js";

const at = (clock: string) => `2026-01-01T${clock}:00.000Z`;

type Told = readonly [type: EventType, data?: JsonObject];

function after(...events: readonly Told[]): Activity | undefined {
  const told = events.map(([type, data = {}], index) => stored({ seq: index + 2, type, data }));
  return foldAll([created(), ...told])?.activity;
}

const RUN = { runId: "r", agentId: "main" };
const call = (toolUseId: string): Told => ["action", { ...RUN, type: "tool_call", toolUseId, error: "x" }];
const step = (nodeId: string): Told => ["node_executed", { ...RUN, nodeId, nodeType: "t", status: "failed" }];

describe("failures", () => {
  const begun: Told = ["execution_started", RUN];
  it.each<[string, Told[], number]>([
    ["a call, its run and the session", [begun, call("c"), ["execution_failed", RUN]], 2],
    ["what went well", [begun, ["action", { error: "", status: "completed" }]], 0],
    [
      "an error, a goal and an agent",
      [
        ["action", { type: "error" }],
        ["goal_updated", { goalId: "g", status: "failed" }],
        ["agent_completed", { agentId: "a", status: "failed" }],
      ],
      3,
    ],
    ["a call that is a step, told of once as each", [begun, call("c"), step("c")], 1],
    ["the same, the step first", [begun, step("c"), call("c")], 1],
    ["a step that is told of twice", [begun, step("n"), step("n")], 1],
    ["steps of their own", [begun, step("n"), step("m")], 2],
    ["calls outside of any run", [call("c"), call("c")], 2],
    ["a patch of the state that speaks of errors", [["state_updated", { error: "x" }]], 0],
  ])("count %s", (_, events, count) => {
    expect(after(...events)?.failures).toBe(count);
  });

  it("are known after a restart between a call and its step", () => {
    const before = [begun, call("c")].map(([type, data = {}], index) =>
      stored({ seq: index + 2, type, data }),
    );
    const session = foldAll([created(), ...before]);
    if (session === undefined) throw new Error("no session");
    const runs = runsFrom(JSON.parse(JSON.stringify(runsDocument(session.runs))) as RunsDocument);
    const [type, data = {}] = step("c");
    expect(evolve({ ...session, runs }, stored({ seq: 4, type, data })).activity.failures).toBe(1);
  });
});

describe("agents", () => {
  it("are those that did something or were spawned, each once, by the type they are spawned as", () => {
    const activity = after(
      ["execution_started", RUN],
      ["action", { agentId: "booking" }],
      ["agent_spawned", { agentId: "booking", type: "specialist" }],
      ["agent_spawned", { agentId: "idle", type: "specialist" }],
      ["response", { agentId: "booking" }],
      ["action", {}],
    );
    expect(activity?.agents).toEqual([
      { agentId: "main", type: null },
      { agentId: "booking", type: "specialist" },
      { agentId: "idle", type: "specialist" },
    ]);
  });

  it("are told apart up to a hundred, so that a list of sessions stays small", () => {
    const many = Array.from({ length: 150 }, (_, index): Told => [
      "action",
      { agentId: `a${String(index)}` },
    ]);
    expect(after(...many)?.agents).toHaveLength(100);
  });
});

describe("the time of what was done", () => {
  it("is that of its senders, though the session was made later", () => {
    const activity = after(
      ["action", { timestamp: at("10:30") }],
      ["action", { timestamp: at("10:00") }],
      ["session_interrupted"],
      ["status_changed", { from: "interrupted", to: "active" }],
    );
    expect(activity).toMatchObject({ startedAt: at("10:00"), lastAt: at("10:30") });
  });

  it("is that of the service where no clock can be believed", () => {
    const { startedAt, lastAt } = after(["action", { timestamp: "2031-01-01T00:00:00Z" }], ["action"]) ?? {};
    expect([startedAt, lastAt]).toEqual([NOON, NOON]);
  });
});
