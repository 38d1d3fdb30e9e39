import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { InvalidRequest } from "../../src/domain/errors.js";
import { TestIndex } from "../support/test-index.js";

let index: TestIndex;
const openIndex = async (): Promise<void> => {
  index = await new TestIndex().open();
};
const disposeIndex = (): Promise<void> => index.dispose();

function sessions(count: number): string[] {
  const ids = Array.from({ length: count }, (_, number) => `s${String(number + 1)}`);
  index.update(...ids.map((id) => index.session(id)));
  return ids.reverse();
}

describe("a list of sessions", () => {
  beforeEach(openIndex);
  afterEach(disposeIndex);

  it("is empty where there is none", async () => {
    expect(await index.list()).toEqual({ ids: [], total: 0, next: null });
    expect(await index.db.recent(10)).toEqual([]);
  });

  it("holds metadata as it was given, newest first", async () => {
    const first = index.session("first", { name: "Erste \u{1F600} \ud800 \u0000" });
    const second = index.session("second");
    index.update(first, second);
    const { sessions: texts } = await index.db.list({ order: "created", limit: 10 });
    expect(texts).toEqual([second, first].map(({ metadata }) => JSON.stringify(metadata)));
  });

  it("gives every session once over all pages, with the total of all", async () => {
    const newestFirst = sessions(7);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await index.list({ limit: "3", ...(cursor === null ? {} : { cursor }) });
      expect(page.total).toBe(7);
      seen.push(...page.ids);
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual(newestFirst);
  });

  it("goes on where it was although newer sessions came", async () => {
    sessions(4);
    const { ids, next } = await index.list({ limit: "2" });
    index.update(index.session("newer"));
    const rest = await index.list({ limit: "2", cursor: next ?? "" });
    expect([...ids, ...rest.ids]).toEqual(["s4", "s3", "s2", "s1"]);
    expect(rest).toMatchObject({ next: null, total: 5 });
  });

  it("has sessions of the same moment in the order they were made", async () => {
    const twins = ["a", "b", "c"].map((id) => index.session(id).summary);
    const created = twins[0]?.metadata.created ?? "";
    const summaries = twins.map((summary) => ({ ...summary, metadata: { ...summary.metadata, created } }));
    index.db.update({ summaries: summaries.reverse(), deleted: [], appliedOffset: 3 });
    expect((await index.list()).ids).toEqual(["c", "b", "a"]);
    const { next } = await index.list({ limit: "1" });
    expect((await index.list({ cursor: next ?? "" })).ids).toEqual(["b", "a"]);
  });

  it("can be ordered by the last change", async () => {
    const [a, b, c] = [index.session("a"), index.session("b"), index.session("c")];
    index.update(a, b, c);
    index.update(a.action({}), b.action({}));
    const { ids, next } = await index.list({ order: "updated", limit: "2" });
    expect(ids).toEqual(["b", "a"]);
    expect((await index.list({ order: "updated", cursor: next ?? "" })).ids).toEqual(["c"]);
  });

  it("shows a change at once, one row per session", async () => {
    const session = index.session("s");
    index.update(session);
    for (let turn = 0; turn < 20; turn += 1) {
      index.update(session.action({ turn }));
      const [text] = await index.db.recent(1);
      expect(JSON.parse(text ?? "")).toMatchObject({ seq: turn + 2, metrics: { toolCalls: turn + 1 } });
    }
    expect((await index.list()).total).toBe(1);
  });

  it("forgets a deleted session, and takes one anew under its id", async () => {
    const other = index.session("other");
    index.update(index.session("s", { userId: "ana" }), other);
    index.delete("s", "unheard-of");
    expect((await index.list()).ids).toEqual(["other"]);
    index.db.update({
      summaries: [index.session("s", { userId: "ben" }).summary],
      deleted: ["s", "other"],
      appliedOffset: index.recording.offset,
    });
    expect((await index.list()).ids).toEqual(["s"]);
    expect((await index.list({ userId: "ana" })).total).toBe(0);
    expect((await index.list({ userId: "ben" })).total).toBe(1);
  });

  it("follows changes of what its filters look at", async () => {
    const session = index.session("s", { name: "before", tags: ["old"] });
    index.update(session);
    index.update(
      session
        .add("metadata_updated", { name: "after", tags: ["new"] })
        .add("status_changed", { from: "active", to: "processing" }),
    );
    expect((await index.list({ q: "before" })).ids).toEqual([]);
    expect((await index.list({ tag: "old" })).ids).toEqual([]);
    expect((await index.list({ q: "after", tag: "new", status: "processing" })).ids).toEqual(["s"]);
  });

  it("found by agent only sessions in which the agent had a run of its own", async () => {
    const spawned = index.session("spawned").add("agent_spawned", { agentId: "b-1", type: "booking" });
    const acted = index.session("acted").action({ agentId: "booking" });
    const ran = index.session("ran").add("execution_started", { runId: "r", agentId: "booking" });
    index.update(spawned, acted, ran, index.session("other").action({ agentId: "governor" }));
    expect((await index.list({ agentId: "booking" })).ids).toEqual(["ran", "acted", "spawned"]);
    expect((await index.list({ agentId: "b-1" })).ids).toEqual(["spawned"]);
    index.update(ran.action({ agentId: "late" }));
    for (let count = 0; count < 120; count += 1) ran.action({ agentId: `crowd-${String(count)}` });
    index.update(ran.add("execution_started", { runId: "last", agentId: "last" }));
    expect((await index.list({ agentId: "last" })).ids).toEqual(["ran"]);
    expect((await index.list({ agentId: "crowd-119" })).ids).toEqual([]);
    index.delete("acted");
    expect((await index.list({ agentId: "late" })).ids).toEqual(["ran"]);
    expect((await index.list({ agentId: "booking" })).ids).toEqual(["ran", "spawned"]);
  });

  it("finds children, oldest first", async () => {
    const children = ["b", "a"].map((id) => index.session(id, { parentSession: "p" }));
    index.update(index.session("p"), ...children);
    expect(await index.db.childrenOf("p")).toEqual(["b", "a"]);
    expect(await index.db.childrenOf("a")).toEqual([]);
  });

  it.each([true, false])(
    "keeps what is known of offsets where an update does not know them (applied: %j)",
    async (isApplied) => {
      const session = index.session("s");
      index.update(session);
      const { metadata, storageBytes } = session.action({}).summary;
      if (isApplied) await index.list();
      index.db.update({
        summaries: [{ metadata, storageBytes, firstOffset: 0, lastOffset: 0 }],
        deleted: [],
        appliedOffset: 2,
      });
      expect(await index.db.sessionsBetween(0, 1)).toEqual(["s"]);
      expect(await index.db.sessionsBetween(1, 9)).toEqual([]);
    },
  );
});

describe("a filter", () => {
  beforeAll(async () => {
    await openIndex();
    const plain = index.session("plain-1", { userId: "ana" });
    const tagged = index.session("tagged-2", { userId: "ben", tags: ["red", "Grün"], name: "Nightly BUILD" });
    const child = index.session("child-3", {
      userId: "ana",
      parentSession: "plain-1",
      description: "100% of_it",
    });
    const done = index
      .session("done-4", { userId: "ÄNNE\u0000x", tags: ["red"] })
      .add("session_finalized", {});
    index.update(plain, tagged, child, done);
  });

  it.each([
    [{ userId: "ana" }, ["child-3", "plain-1"]],
    [{ userId: "an" }, []],
    [{ userId: "ÄNNE\u0000x" }, ["done-4"]],
    [{ userId: "ÄNNE" }, []],
    [{ status: "completed" }, ["done-4"]],
    [{ status: "active", userId: "ana" }, ["child-3", "plain-1"]],
    [{ tag: "red" }, ["done-4", "tagged-2"]],
    [{ tag: "re" }, []],
    [{ tag: "red", status: "active" }, ["tagged-2"]],
    [{ parentSession: "plain-1" }, ["child-3"]],
    [{ q: "BUILD" }, ["tagged-2"]],
    [{ q: "nightly b" }, ["tagged-2"]],
    [{ q: "grÜN" }, ["tagged-2"]],
    [{ q: "änne" }, ["done-4"]],
    [{ q: "100%" }, ["child-3"]],
    [{ q: "f_i" }, ["child-3"]],
    [{ q: "%", userId: "ben" }, []],
    [{ q: "PLAIN-1" }, ["plain-1"]],
    [{ q: "e", limit: "1" }, ["done-4"]],
    [{ since: "2026-01-01T00:00:03.000Z" }, ["done-4", "child-3"]],
    [{ until: "2026-01-01T00:00:02Z" }, ["tagged-2", "plain-1"]],
    [{ order: "updated", since: "2026-01-01T00:00:05.000Z" }, ["done-4"]],
    [{ since: "2026-01-02" }, []],
  ])("%j finds %j", async (query, ids) => {
    expect((await index.list(query as Record<string, string>)).ids).toEqual(ids);
  });

  afterAll(disposeIndex);

  it("counts all matches, not those of the page", async () => {
    expect(await index.list({ tag: "red", limit: "1" })).toMatchObject({ ids: ["done-4"], total: 2 });
  });

  it("finds the sessions with events between two offsets", async () => {
    expect((await index.db.sessionsBetween(0, 100)).sort()).toEqual([
      "child-3",
      "done-4",
      "plain-1",
      "tagged-2",
    ]);
    expect(await index.db.sessionsBetween(1, 2)).toEqual(["tagged-2"]);
    expect(await index.db.sessionsBetween(4, 9)).toEqual(["done-4"]);
    expect(await index.db.sessionsBetween(5, 9)).toEqual([]);
  });
});

describe("a cursor", () => {
  beforeAll(openIndex);
  afterAll(disposeIndex);

  it.each([
    "x",
    "",
    "bnVsbA",
    Buffer.from('["created",1,2,3]').toString("base64url"),
    Buffer.from("[1,2]").toString("base64url"),
  ])("%j that was never given is refused", async (cursor) => {
    await expect(index.db.list({ order: "created", limit: 1, cursor })).rejects.toThrow(InvalidRequest);
  });

  it("of one order is refused by the other", async () => {
    sessions(2);
    const { next } = await index.list({ limit: "1" });
    await expect(index.list({ order: "updated", cursor: next ?? "" })).rejects.toThrow(/ordered otherwise/);
  });

  it("of a search that was never given is refused", async () => {
    await expect(index.search({ q: "x", cursor: "WzFd" })).rejects.toThrow(InvalidRequest);
  });
});
