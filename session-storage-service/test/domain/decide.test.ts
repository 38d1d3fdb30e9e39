import { describe, expect, it } from "vitest";
import type { EventType, JsonObject, SessionStatus } from "session-protocol";
import { decide, type Around, type Command } from "../../src/domain/decide.js";
import type { NewEvent } from "../../src/domain/events.js";
import { NO_PRICES } from "../../src/domain/prices.js";
import type { Session } from "../../src/domain/session.js";
import { command } from "../support/commands.js";
import { created, NOON, stored } from "../support/events.js";
import { foldAll } from "../support/fold-all.js";

/** A session with goal g1 under seq 2, agent a1 running under seq 3 and agent a2 completed. */
function sessionIn(status: SessionStatus = "active"): Session {
  const session = foldAll([
    created(),
    stored({ seq: 2, type: "goal_added", data: { id: "g1", description: "d", status: "pending" } }),
    stored({ seq: 3, type: "agent_spawned", data: { agentId: "a1", type: "t" } }),
    stored({ seq: 4, type: "agent_spawned", data: { agentId: "a2", type: "t" } }),
    stored({ seq: 5, type: "agent_completed", data: { agentId: "a2" } }),
    stored({ seq: 6, type: "status_changed", data: { to: status } }),
  ]);
  return session as Session;
}

const AROUND: Around = { timestamp: NOON, costOf: NO_PRICES, endedRuns: undefined };

let made = 0;
const makeId = () => `made-${String((made += 1)).padStart(12, "0")}`;

function eventsOf(session: Session, one: Command): readonly NewEvent[] {
  const decision = decide(session, one, makeId, AROUND);
  if ("existing" in decision) throw new Error(`found ${String(decision.existing)}`);
  return decision.events;
}

const brief = (events: readonly NewEvent[]) => events.map(({ type, data }) => [type, data]);
const dataOf = (events: readonly NewEvent[]): JsonObject => events.at(-1)?.data ?? {};
const refusal = (session: Session, one: Command) => {
  try {
    decide(session, one, makeId, AROUND);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return undefined;
};

const WRITES: Command[] = [
  command("action", { type: "x" }),
  command("response", { type: "text" }),
  command("state_updated", { phase: "p" }),
  command("goal_added", { id: "g2", description: "d", status: "pending" }),
  command("goal_updated", { goalId: "g1", status: "completed" }),
  command("agent_spawned", { agentId: "a3", type: "t" }),
  command("agent_completed", { agentId: "a1" }),
  command("session_finalized", { status: "success" }),
];

describe.each(WRITES)("$type", (write) => {
  it("becomes one event with what was sent, byte for byte", () => {
    const [event, ...more] = eventsOf(sessionIn(), { ...write, id: "e1", raw: ` ${write.raw}` });
    expect(event).toEqual({ type: write.type, id: "e1", data: write.data, raw: ` ${write.raw}` });
    expect(more).toEqual([]);
  });

  it("gets an id where it has none", () => {
    expect(eventsOf(sessionIn(), write)[0]?.id).toMatch(/^made-/);
  });

  it.each<SessionStatus>(["completed", "failed", "terminated"])(
    "is refused in a session that is %s",
    (status) => {
      expect(refusal(sessionIn(status), write)).toBe("session_closed");
    },
  );

  it("makes an interrupted session active again first", () => {
    expect(brief(eventsOf(sessionIn("interrupted"), write))).toEqual([
      ["status_changed", { from: "interrupted", to: "active" }],
      [write.type, write.data],
    ]);
  });
});

describe("a goal", () => {
  it("without an id or status gets a free number and is pending", () => {
    const data = dataOf(eventsOf(sessionIn(), command("goal_added", { description: "d", x: 1 })));
    expect(data).toEqual({ description: "d", x: 1, id: "goal-2", status: "pending" });
  });

  it("gets a number that no other goal has", () => {
    const session = foldAll([
      created(),
      stored({ seq: 2, type: "goal_added", data: { id: "goal-2" } }),
    ]) as Session;
    expect(dataOf(eventsOf(session, command("goal_added", { description: "d" }))).id).toBe("goal-3");
  });

  it("with the id of one that is there is that one", () => {
    expect(
      decide(sessionIn(), command("goal_added", { id: "g1", description: "other" }), makeId, AROUND),
    ).toEqual({
      existing: 2,
    });
  });

  it("that is there is known by the seq it was stored under, whatever seq its sender gave it", () => {
    const sent = stored({ seq: 2, type: "goal_added", data: { id: "g", seq: 99 } });
    const session = foldAll([created(), sent]) as Session;
    expect(decide(session, command("goal_added", { id: "g", description: "d" }), makeId, AROUND)).toEqual({
      existing: 2,
    });
  });

  it("that is not there cannot be changed", () => {
    expect(refusal(sessionIn(), command("goal_updated", { goalId: "g9" }))).toBe("goal_not_found");
  });
});

describe("an agent", () => {
  it.each([
    ["coder", /^agent-coder-[A-Za-z0-9-]{12}$/],
    ["a/b c.d", /^agent-a-b-c-d-[A-Za-z0-9-]{12}$/],
    ["é".repeat(300), /^agent---[A-Za-z0-9-]{12}$/],
    ["x".repeat(300), /^agent-x{64}-[A-Za-z0-9-]{12}$/],
  ])("of type %s without an id gets one", (type, pattern) => {
    expect(dataOf(eventsOf(sessionIn(), command("agent_spawned", { type }))).agentId).toMatch(pattern);
  });

  it("with the id of one that is there is that one", () => {
    expect(
      decide(sessionIn(), command("agent_spawned", { agentId: "a1", type: "t" }), makeId, AROUND),
    ).toEqual({
      existing: 3,
    });
  });

  it("that is there is known by the seq it was stored under, whatever seq its sender gave it", () => {
    const sent = stored({ seq: 2, type: "agent_spawned", data: { agentId: "a", seq: 99 } });
    const session = foldAll([created(), sent]) as Session;
    expect(decide(session, command("agent_spawned", { agentId: "a", type: "t" }), makeId, AROUND)).toEqual({
      existing: 2,
    });
  });

  it("that is not there cannot complete", () => {
    expect(refusal(sessionIn(), command("agent_completed", { agentId: "a9" }))).toBe("agent_not_found");
  });

  it("completes once", () => {
    expect(refusal(sessionIn(), command("agent_completed", { agentId: "a2" }))).toBe("illegal_transition");
  });
});

describe("a state patch", () => {
  it.each([
    ["3", undefined],
    ['"5"', undefined],
    ['W/"5"', undefined],
    ['"1", "5"', undefined],
    ["*", undefined],
    [undefined, undefined],
    ["4", "version_mismatch"],
    ['"4"', "version_mismatch"],
    ["", "version_mismatch"],
    ["50", "version_mismatch"],
  ])("for version %s is refused: %s", (ifMatch, code) => {
    const session = sessionIn();
    const version = ifMatch === "3" ? 3 : 5;
    const versioned = { ...session, state: { ...session.state, version } };
    expect(refusal(versioned, command("state_updated", {}, { ifMatch }))).toBe(code);
  });
});

describe("metadata", () => {
  const patch = (data: JsonObject, id?: string) => command("metadata_updated", data, { id });

  it.each<[JsonObject, [EventType, JsonObject][]]>([
    [{ name: "n" }, [["metadata_updated", { name: "n" }]]],
    [{ status: "processing" }, [["status_changed", { from: "active", to: "processing" }]]],
    [
      { name: "n", status: "completed" },
      [
        ["metadata_updated", { name: "n" }],
        ["status_changed", { from: "active", to: "completed" }],
      ],
    ],
    [{ status: "active" }, []],
    [{}, []],
  ])("%j becomes %j", (data, events) => {
    expect(brief(eventsOf(sessionIn(), patch(data)))).toEqual(events);
  });

  it("gives the command's id to the last of its events", () => {
    expect(eventsOf(sessionIn(), patch({ name: "n", status: "failed" }, "e1")).map(({ id }) => id)).toEqual([
      expect.stringMatching(/^made-/),
      "e1",
    ]);
  });

  it.each<[SessionStatus, JsonObject, string | undefined]>([
    ["active", { status: "connecting" }, "illegal_transition"],
    ["completed", { status: "active" }, "illegal_transition"],
    ["completed", { name: "n" }, "session_closed"],
    ["completed", { status: "completed" }, undefined],
    ["interrupted", { status: "active" }, undefined],
    ["interrupted", { status: "completed" }, "illegal_transition"],
  ])("of a session that is %s, %j is refused: %s", (status, data, code) => {
    expect(refusal(sessionIn(status), patch(data))).toBe(code);
  });

  it("makes an interrupted session active once, whether it says so or not", () => {
    const reopening = ["status_changed", { from: "interrupted", to: "active" }];
    expect(brief(eventsOf(sessionIn("interrupted"), patch({ name: "n" })))).toEqual([
      reopening,
      ["metadata_updated", { name: "n" }],
    ]);
    expect(brief(eventsOf(sessionIn("interrupted"), patch({ name: "n", status: "active" })))).toEqual([
      ["metadata_updated", { name: "n" }],
      reopening,
    ]);
  });

  it("lists a child also where the session is closed", () => {
    expect(
      brief(eventsOf(sessionIn("completed"), command("subsession_linked", { subsession: "c" }))),
    ).toEqual([["metadata_updated", { subsession: "c" }]]);
  });
});

describe("the life of a session", () => {
  it.each<[Command["type"], SessionStatus, [EventType, JsonObject][]]>([
    ["resume", "completed", [["status_changed", { from: "completed", to: "active" }]]],
    ["resume", "failed", [["status_changed", { from: "failed", to: "active" }]]],
    ["resume", "terminated", [["status_changed", { from: "terminated", to: "active" }]]],
    ["resume", "interrupted", [["status_changed", { from: "interrupted", to: "active" }]]],
    ["resume", "active", []],
    ["resume", "processing", []],
    ["interrupt", "active", [["session_interrupted", {}]]],
    ["interrupt", "interrupted", []],
    ["interrupt", "completed", []],
    ["session_deleted", "active", [["session_deleted", {}]]],
    ["session_deleted", "completed", [["session_deleted", {}]]],
  ])("%s of one that is %s", (type, status, events) => {
    expect(brief(eventsOf(sessionIn(status), command(type)))).toEqual(events);
  });

  it("ends once: a repeat is answered with the first", () => {
    const finalized = foldAll([created(), stored({ seq: 2, type: "session_finalized" })]) as Session;
    expect(decide(finalized, command("session_finalized", { status: "failure" }), makeId, AROUND)).toEqual({
      existing: 2,
    });
  });
});
