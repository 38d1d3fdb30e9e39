import { describe, expect, it } from "vitest";
import type { JsonObject, State } from "session-protocol";
import { initialState } from "../../src/domain/state.js";
import { created, NOON, stored } from "../support/events.js";
import { foldAll } from "../support/fold-all.js";

const LATER = "2026-01-01T12:05:00.000Z";
type Change = [
  "state_updated" | "goal_added" | "goal_updated" | "agent_spawned" | "agent_completed",
  JsonObject,
];

/** The state after these events, the first of them with seq 2 at noon, the others later. */
function after(...changes: Change[]): State {
  const events = changes.map(([type, data], index) =>
    stored({ seq: index + 2, type, data, timestamp: index === 0 ? NOON : LATER }),
  );
  return foldAll([created(), ...events])?.state as State;
}

const goals = (...changes: Change[]) => after(...changes).goals;
const add = (data: JsonObject): Change => ["goal_added", data];
const update = (data: JsonObject): Change => ["goal_updated", data];

describe("every change", () => {
  it("raises the version by one and says when it was", () => {
    expect(after()).toMatchObject({ version: 1, seq: 1 });
    expect(after(["state_updated", {}])).toMatchObject({ version: 2, seq: 2, timestamp: NOON });
    expect(after(["state_updated", {}], add({ id: "g" }))).toMatchObject({
      version: 3,
      seq: 3,
      timestamp: LATER,
    });
  });
});

describe("a patch", () => {
  it.each<[string, JsonObject, Partial<State>]>([
    ["sets fields", { phase: "work", currentStep: "one" }, { phase: "work", currentStep: "one" }],
    ["adds fields of its own", { custom: { a: [1] } }, { custom: { a: [1] } }],
    [
      "merges objects",
      { workspace: { gitStatus: "clean" } },
      { workspace: { cwd: "/workspace", filesCreated: [], filesModified: [], gitStatus: "clean" } },
    ],
    ["replaces lists", { errors: ["x"] }, { errors: ["x"] }],
    ["removes what a new state does not have", { custom: null }, {}],
    [
      "gives what a new state has its first value back",
      { phase: null, workspace: null },
      { phase: "initialization", workspace: initialState(1, NOON).workspace },
    ],
  ])("%s", (_, patch, expected) => {
    const { version: _version, seq: _seq, timestamp: _timestamp, ...state } = after(["state_updated", patch]);
    const { version: _1, seq: _2, timestamp: _3, ...initial } = initialState(1, NOON);
    expect(state).toEqual({ ...initial, ...expected });
  });

  it("leaves the sender's own timestamp in the event", () => {
    expect(after(["state_updated", { timestamp: "then" }]).timestamp).toBe(NOON);
  });

  it("that names goals replaces the list, and gives those without an id one", () => {
    const list = goals(add({ id: "g1", description: "old" }), [
      "state_updated",
      {
        goals: [
          { description: "a" },
          { id: "goal-1", description: "b" },
          { description: "c", status: "completed" },
        ],
      },
    ]);
    expect(list).toMatchObject([
      { id: "goal-2", description: "a", status: "pending", seq: 3 },
      { id: "goal-1", description: "b", status: "pending" },
      { id: "goal-3", description: "c", status: "completed", completedAt: LATER },
    ]);
  });

  it("left goals without a description, which no answer with a goal may be", () => {
    const list = goals([
      "state_updated",
      { goals: [{ id: "g1" }, { id: "g2", description: 5, createdAt: 0 }] },
    ]);
    expect(list).toMatchObject([
      { id: "g1", description: "" },
      { id: "g2", description: "", createdAt: list[0]?.updatedAt },
    ]);
  });

  it("that gives goals back as they were read leaves their times and seqs", () => {
    const before = goals(add({ id: "g1", description: "d" }));
    const [goal] = goals(add({ id: "g1", description: "d" }), ["state_updated", { goals: before }]);
    expect(goal).toEqual(before[0]);
  });

  it("cannot change under which seq a goal was added", () => {
    const patch: Change = [
      "state_updated",
      {
        goals: [
          { id: "g1", seq: 99 },
          { id: "g2", seq: 99 },
        ],
      },
    ];
    expect(goals(add({ id: "g1" }), patch)).toMatchObject([
      { id: "g1", seq: 2 },
      { id: "g2", seq: 3 },
    ]);
    expect(goals(add({ id: "g1", seq: 99 }), update({ goalId: "g1", seq: 99 }))).toMatchObject([{ seq: 2 }]);
  });

  it("that removes goals leaves none", () => {
    expect(goals(add({ id: "g1" }), ["state_updated", { goals: null }])).toEqual([]);
  });
});

describe("a goal", () => {
  it("is kept as sent, with when it was added and where", () => {
    expect(goals(add({ id: "g", description: "d", priority: 1, own: { a: 1 } }))).toEqual([
      {
        id: "g",
        description: "d",
        priority: 1,
        own: { a: 1 },
        status: "pending",
        createdAt: NOON,
        updatedAt: NOON,
        seq: 2,
      },
    ]);
  });

  it("that is completed from the start says when", () => {
    expect(goals(add({ id: "g", status: "completed" }))).toMatchObject([
      { status: "completed", completedAt: NOON },
    ]);
  });

  it("is patched, whatever its patch calls it", () => {
    const list = goals(
      add({ id: "g", own: { a: 1, b: 2 } }),
      add({ id: "h" }),
      update({ goalId: "g", own: { a: null }, id: "x" }),
    );
    expect(list).toMatchObject([{ id: "g", own: { b: 2 }, updatedAt: LATER }, { id: "h" }]);
    expect(list[0]).not.toHaveProperty("goalId");
    expect(list[0]?.own).toEqual({ b: 2 });
  });

  it.each<[string, Change[], unknown]>([
    ["when it completes", [update({ goalId: "g", status: "completed" })], LATER],
    ["unless it does not", [update({ goalId: "g", status: "blocked" })], undefined],
    [
      "unless the sender says when",
      [update({ goalId: "g", status: "completed", completedAt: "then" })],
      "then",
    ],
    [
      "once",
      [
        update({ goalId: "g", status: "completed", completedAt: "then" }),
        update({ goalId: "g", status: "completed" }),
      ],
      "then",
    ],
  ])("says when it was completed %s", (_, changes, completedAt) => {
    expect(goals(add({ id: "g" }), ...changes)[0]?.completedAt).toBe(completedAt);
  });
});

describe("an agent", () => {
  const spawn = (agentId: string, data: JsonObject = {}): Change => [
    "agent_spawned",
    { agentId, type: "t", ...data },
  ];
  const complete = (agentId: string, data: JsonObject = {}): Change => [
    "agent_completed",
    { agentId, ...data },
  ];

  it("is among the spawned and the active from its spawning", () => {
    const { agents } = after(spawn("a", { task: "x" }));
    const record = { agentId: "a", type: "t", task: "x", status: "spawned", spawnedAt: NOON, seq: 2 };
    expect(agents).toEqual({ spawned: [record], active: [record], completed: [] });
  });

  it.each([
    [{}, "completed"],
    [{ status: "completed", result: 1 }, "completed"],
    [{ status: "failed", error: "e" }, "failed"],
  ])("that completes with %j is %s, and no more active", (data, status) => {
    const { agents } = after(spawn("a"), spawn("b"), complete("a", data));
    expect(agents.completed).toEqual([
      expect.objectContaining({ ...data, agentId: "a", status, completedAt: LATER }),
    ]);
    expect(agents.active.map(({ agentId }) => agentId)).toEqual(["b"]);
    expect(agents.spawned.map(({ agentId, status: now }) => [agentId, now])).toEqual([
      ["a", status],
      ["b", "spawned"],
    ]);
  });

  it("keeps the seq it was spawned under, whatever seq its sender names", () => {
    const { agents } = after(spawn("a", { seq: 99 }), complete("a", { seq: 99 }));
    expect(agents.spawned.map(({ seq }) => seq)).toEqual([2]);
  });
});
