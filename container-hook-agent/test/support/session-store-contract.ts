import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type {
  SessionKey,
  SessionStoreEntry,
  SessionSummaryEntry,
} from "../../src/claude-session-store/index.js";

/** The Agent SDK's `SessionStore`, all of it. */
export interface Store {
  append(key: SessionKey, entries: SessionStoreEntry[]): Promise<void>;
  load(key: SessionKey): Promise<SessionStoreEntry[] | null>;
  listSessions(projectKey: string): Promise<{ sessionId: string; mtime: number }[]>;
  listSessionSummaries(projectKey: string): Promise<SessionSummaryEntry[]>;
  delete(key: SessionKey): Promise<void>;
  listSubkeys(key: { projectKey: string; sessionId: string }): Promise<string[]>;
}

export const entry = (fields: object): SessionStoreEntry => ({ type: "x", ...fields });

/** What the SDK's declarations say of every store. The store may hold other projects already. */
export function sessionStoreContract(store: () => Store): void {
  const newKey = (): SessionKey => ({ projectKey: `project-${randomUUID()}`, sessionId: randomUUID() });
  const under = (key: SessionKey, subpath: string): SessionKey => ({ ...key, subpath });
  const sessionsOf = async ({ projectKey }: SessionKey): Promise<string[]> =>
    (await store().listSessions(projectKey)).map(({ sessionId }) => sessionId).sort();

  describe("a session store", () => {
    it("gives back what was appended, in the order of the calls and deep-equal", async () => {
      const key = newKey();
      const first = [
        entry({ uuid: "b", text: "Füße \u{1f600} \ud800" }),
        entry({ deep: [{ a: null }, 1.5] }),
      ];
      const second = [entry({ uuid: "a", "": {} }), entry({ uuid: "c", "10": 1, "2": 2 })];
      await store().append(key, first);
      await store().append(key, second);
      expect(await store().load(key)).toEqual([...first, ...second]);
    });

    it("knows nothing of what was never written, and adds nothing for an append of nothing", async () => {
      const key = newKey();
      expect(await store().load(key)).toBeNull();
      await store().append(key, [entry({})]);
      await store().append(key, []);
      expect(await store().load(key)).toEqual([entry({})]);
      expect(await store().load(under(key, "subagents/agent-1"))).toBeNull();
      expect(await store().load({ ...key, projectKey: "elsewhere" })).toBeNull();
    });

    it("keeps entries without a uuid as often as they come", async () => {
      const key = newKey();
      await store().append(key, [entry({}), entry({})]);
      await store().append(key, [entry({})]);
      expect(await store().load(key)).toHaveLength(3);
    });

    it("keeps projects, sessions and sub-agents apart", async () => {
      const key = newKey();
      const keys = [
        key,
        under(key, "subagents/agent-1"),
        under(key, "subagents/agent-2"),
        { ...key, sessionId: randomUUID() },
        { ...key, projectKey: newKey().projectKey },
      ];
      for (const [n, each] of keys.entries()) await store().append(each, [entry({ uuid: "same", n })]);
      for (const [n, each] of keys.entries())
        expect(await store().load(each)).toEqual([entry({ uuid: "same", n })]);
    });

    it("lists the sessions that have a main transcript, with the time in milliseconds", async () => {
      const key = newKey();
      const [other, bare] = [randomUUID(), randomUUID()].map((sessionId) => ({ ...key, sessionId }));
      expect(await store().listSessions(key.projectKey)).toEqual([]);
      const startedMs = Date.now();
      await store().append(key, [entry({})]);
      await store().append(other as SessionKey, [entry({})]);
      await store().append(under(bare as SessionKey, "subagents/agent-1"), [entry({})]);
      expect(await sessionsOf(key)).toEqual([key.sessionId, other?.sessionId].sort());
      for (const { mtime } of await store().listSessions(key.projectKey)) {
        expect(Number.isInteger(mtime)).toBe(true);
        expect(mtime).toBeGreaterThanOrEqual(startedMs);
      }
    });

    it("lists the sub-agents of a session, and not its main transcript", async () => {
      const key = newKey();
      expect(await store().listSubkeys(key)).toEqual([]);
      await store().append(key, [entry({})]);
      expect(await store().listSubkeys(key)).toEqual([]);
      for (const name of ["subagents/agent-1", "subagents/workflows/agent-2"])
        await store().append(under(key, name), [entry({})]);
      expect((await store().listSubkeys(key)).sort()).toEqual([
        "subagents/agent-1",
        "subagents/workflows/agent-2",
      ]);
    });

    it("deletes a session with its sub-agents and its summary, or one sub-agent alone", async () => {
      const key = newKey();
      await store().delete(key);
      const [one, two] = ["subagents/agent-1", "subagents/agent-2"].map((name) => under(key, name));
      const other = { ...key, sessionId: randomUUID() };
      for (const each of [key, one, two, other]) await store().append(each as SessionKey, [entry({})]);
      await store().delete(one as SessionKey);
      expect(await store().listSubkeys(key)).toEqual(["subagents/agent-2"]);
      expect(await store().load(key)).toEqual([entry({})]);
      await store().delete(key);
      expect(await store().load(key)).toBeNull();
      expect(await store().load(two as SessionKey)).toBeNull();
      expect(await store().listSubkeys(key)).toEqual([]);
      expect(await sessionsOf(key)).toEqual([other.sessionId]);
      expect((await store().listSessionSummaries(key.projectKey)).map(({ sessionId }) => sessionId)).toEqual([
        other.sessionId,
      ]);
    });

    it("begins anew after a deletion", async () => {
      const key = newKey();
      await store().append(key, [entry({ uuid: "a" })]);
      await store().delete(key);
      await store().append(key, [entry({ uuid: "a", n: 2 })]);
      expect(await store().load(key)).toEqual([entry({ uuid: "a", n: 2 })]);
    });

    it("has a summary of each session, of the same time as its listing and of the main transcript alone", async () => {
      const key = newKey();
      expect(await store().listSessionSummaries(key.projectKey)).toEqual([]);
      await store().append(key, [entry({ customTitle: "first", timestamp: "2026-01-01T00:00:00.000Z" })]);
      await store().append(under(key, "subagents/agent-1"), [entry({ customTitle: "sub" })]);
      await store().append(key, [entry({ customTitle: "second" })]);
      const [summary, ...others] = await store().listSessionSummaries(key.projectKey);
      const [listed] = await store().listSessions(key.projectKey);
      expect(others).toEqual([]);
      expect(summary).toMatchObject({ ...listed, data: { customTitle: "second" } });
    });
  });
}
