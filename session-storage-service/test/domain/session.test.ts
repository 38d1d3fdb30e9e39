import { describe, expect, it } from "vitest";
import type { JsonObject, SessionStatus } from "session-protocol";
import { fold } from "../../src/domain/fold.js";
import { evolve, withProducer, type Session } from "../../src/domain/session.js";
import { created, NOON, stored } from "../support/events.js";
import { foldAll } from "../support/fold-all.js";

const LATER = "2026-01-01T12:05:00.000Z";

/** The session these events make, after its creation. */
function after(...events: [Parameters<typeof stored>[0]["type"], JsonObject?][]): Session {
  const stream = events.map(([type, data = {}], index) =>
    stored({ seq: index + 2, ...(type === undefined ? {} : { type }), data, timestamp: LATER }),
  );
  return foldAll([created(), ...stream]) as Session;
}

describe("a session's creation", () => {
  it("gives what is not named its first value", () => {
    expect(evolve(undefined, created())).toMatchObject({
      sessionId: "s1",
      seq: 1,
      status: "active",
      created: NOON,
      updated: NOON,
      profile: {
        userId: "u1",
        name: null,
        tags: [],
        labels: {},
        model: null,
        yoloMode: false,
        subsessions: [],
      },
      metrics: { actions: 0 },
      costUsd: 0,
      final: null,
      state: {
        version: 1,
        phase: "initialization",
        currentStep: null,
        goals: [],
        workspace: { cwd: "/workspace" },
      },
    });
  });

  it.each<[JsonObject, string | null, boolean]>([
    [{ config: { model: "m", dangerouslySkipPermissions: true } }, "m", true],
    [{ config: { model: 5, dangerouslySkipPermissions: "yes" } }, null, false],
    [{ config: null }, null, false],
    [{ config: "x" }, null, false],
    [{}, null, false],
  ])("takes the model and the mode from %j", (initial, model, yoloMode) => {
    const session = evolve(undefined, created({ data: { userId: "u", initial } }));
    expect(session).toMatchObject({ initial, profile: { model, yoloMode } });
  });

  it("keeps null as absent", () => {
    const data = { userId: "u", initial: {}, name: null, tags: null, parentSession: null, ttlDays: null };
    expect(evolve(undefined, created({ data })).profile).toMatchObject({
      name: null,
      tags: [],
      ttlDays: null,
    });
  });

  it("is what a session has to begin with", () => {
    expect(() => evolve(undefined, stored({ seq: 2 }))).toThrow("begins with action");
  });
});

describe("events after it", () => {
  it("count what they are, and move seq and time on", () => {
    const session = after(
      ["action", { type: "bash_exec" }],
      ["response", { usage: { inputTokens: 3, outputTokens: 4 }, costUsd: 0.5 }],
      ["response", { type: "text" }],
    );
    expect(session).toMatchObject({
      seq: 4,
      updated: LATER,
      created: NOON,
      metrics: { actions: 1, bashCommands: 1, responses: 2 },
      tokenUsage: { input: 3, output: 4, total: 7 },
      costUsd: 0.5,
    });
  });

  it.each<[string, JsonObject, JsonObject]>([
    ["names", { name: "n", model: "m" }, { name: "n", model: "m", userId: "u1" }],
    ["clears", { name: null }, { name: null }],
    ["replaces tags", { tags: ["a", "b"] }, { tags: ["a", "b"] }],
    ["clears tags", { tags: null }, { tags: [] }],
    ["merges labels", { labels: { b: 2, a: null } }, { labels: { b: 2, c: 3 } }],
    ["clears labels", { labels: null }, { labels: {} }],
    ["adds a child", { subsession: "c1" }, { subsessions: ["c1"], labels: { a: 1, c: 3 } }],
  ])("patch the metadata: it %s", (_, patch, profile) => {
    const session = after(
      ["metadata_updated", { labels: { a: 1, c: 3 }, tags: ["old"], name: "old" }],
      ["metadata_updated", patch],
    );
    expect(session.profile).toMatchObject(profile);
    expect(session.profile).not.toHaveProperty("subsession");
  });

  it("list a child once, whether its parent or an agent named it", () => {
    const session = after(
      ["metadata_updated", { subsession: "c1" }],
      ["agent_spawned", { agentId: "a", subsession: "c1" }],
      ["agent_spawned", { agentId: "b", subsession: "c2" }],
    );
    expect(session.profile.subsessions).toEqual(["c1", "c2"]);
  });

  it.each<[JsonObject, SessionStatus, "success" | "failure"]>([
    [{ status: "success" }, "completed", "success"],
    [{ status: "failure" }, "failed", "failure"],
    [{}, "completed", "success"],
  ])("finalize it: %j makes it %s", (data, status, final) => {
    const session = after(
      ["action", { type: "error" }],
      ["session_finalized", { ...data, outcome: { a: 1 } }],
    );
    expect(session).toMatchObject({
      status,
      final: {
        status: final,
        outcome: { a: 1 },
        response: null,
        finalizedAt: LATER,
        durationMs: 300_000,
        seq: 3,
      },
    });
    expect(session.final?.metrics).toEqual(session.metrics);
  });

  it("take the final result away when it is resumed", () => {
    const session = after(["session_finalized"], ["status_changed", { from: "completed", to: "active" }]);
    expect(session).toMatchObject({ status: "active", final: null });
  });

  it("interrupt it", () => {
    expect(after(["session_interrupted"]).status).toBe("interrupted");
  });

  it.each(["execution_started", "node_executed", "transcript_appended"] as const)(
    "move seq on also for %s",
    (type) => {
      expect(after([type, { runId: "r" }])).toMatchObject({ seq: 2, status: "active" });
    },
  );

  it("leave the session before them as it was", () => {
    const before = after(["goal_added", { id: "g" }]);
    const text = JSON.stringify(before);
    for (const type of ["action", "state_updated", "goal_updated", "session_finalized"] as const) {
      evolve(before, stored({ seq: 3, type, data: { goalId: "g", phase: "x", status: "completed" } }));
    }
    expect(JSON.stringify(before)).toBe(text);
  });
});

describe("a producer's totals", () => {
  const totals = (id: string, recorded: number) => ({ id, recorded, stored: 0, duplicates: 0, dropped: 0 });

  it("replace its earlier ones", () => {
    const session = withProducer(
      withProducer(withProducer(after(), totals("p", 1)), totals("q", 1)),
      totals("p", 2),
    );
    expect(session.producers).toEqual([totals("q", 1), totals("p", 2)]);
  });

  it("may be absent", () => {
    const session = after();
    expect(withProducer(session, undefined)).toBe(session);
  });
});

describe("where damage has taken the first event, the fold", () => {
  it("goes on with what is left", () => {
    const session = fold(
      undefined,
      stored({ seq: 7, type: "goal_added", data: { id: "g", description: "d" } }),
    );
    expect(session).toMatchObject({
      seq: 7,
      profile: { userId: "unknown" },
      state: { goals: [{ id: "g" }] },
    });
  });

  it("of nothing is nothing", () => {
    expect(foldAll([])).toBeUndefined();
  });
});
