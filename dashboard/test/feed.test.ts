import { describe, expect, it } from "vitest";
import type { EventType, JsonObject } from "session-protocol";
import { filtersOf } from "../src/feed/feed-filters.js";
import { Feed } from "../src/feed/feed.js";
import { Owners } from "../src/feed/owners.js";
import { told } from "./support/readings.js";

/** Sessions of which a list tells one owner, and another is told when asked for. */
function ownersOf(listed: Readonly<Record<string, string>>, others: Readonly<Record<string, string>> = {}) {
  const asked: string[] = [];
  const owners = new Owners({
    sessions: () =>
      Promise.resolve({
        sessions: Object.entries(listed).map(([sessionId, userId]) => ({ sessionId, userId })),
      }),
    session: (sessionId) => {
      asked.push(sessionId);
      const userId = others[sessionId];
      return userId === undefined
        ? Promise.reject(new Error("gone"))
        : Promise.resolve({ metadata: { userId } });
    },
  });
  return { owners, asked };
}

const event = (seq: number, sessionId: string, type: EventType, data: JsonObject = {}) => ({
  ...told(seq, type, data),
  sessionId,
});

const EVENTS = [
  event(1, "a", "action", { type: "tool_call", agentId: "main", error: "x" }),
  event(2, "b", "response", { agentId: "main" }),
  event(3, "b", "action", { type: "note", agentId: "sub" }),
];

describe("the feed", () => {
  it.each([
    [{}, [3, 2, 1]],
    [{ session: "b" }, [3, 2]],
    [{ agent: "main" }, [2, 1]],
    [{ type: "response" }, [2]],
    [{ failures: "1" }, [1]],
    [{ user: "eve" }, [1]],
    [{ user: "eve", session: "b" }, []],
  ])("shows what the address %o lets through", async (query, seqs) => {
    const { owners } = ownersOf({ a: "eve", b: "ada" });
    await owners.prime();
    const shown = new Feed().with(EVENTS).shown(filtersOf(query, owners));
    expect(shown.map(({ seq }) => seq)).toEqual(seqs);
  });
});

describe("whose a session is", () => {
  it("is asked once where neither a list nor its first event has told", async () => {
    const { owners, asked } = ownersOf({ a: "eve" }, { old: "bob" });
    await owners.prime();
    owners.told([event(4, "new", "session_created", { userId: "ada" })]);
    const ids = ["a", "new", "old", "gone"];
    ids.map((id) => owners.of(id));
    await new Promise((resolve) => setImmediate(resolve));
    expect(ids.map((id) => owners.of(id))).toEqual(["eve", "ada", "bob", undefined]);
    expect(asked).toEqual(["old", "gone"]);
    expect(owners.users).toEqual(["eve", "ada", "bob"]);
  });
});
