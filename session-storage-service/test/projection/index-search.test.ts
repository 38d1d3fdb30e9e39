import fs from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestIndex } from "../support/test-index.js";

let index: TestIndex;
const openIndex = async (): Promise<void> => {
  index = await new TestIndex().open();
};
const disposeIndex = (): Promise<void> => index.dispose();

describe("a search", () => {
  beforeAll(async () => {
    await openIndex();
    const a = index
      .session("a", { initial: { prompt: "book a flight over the Achensee" } })
      .action({ tool: "weather", input: { place: "Achensee", wind: 12 } })
      .add("response", { type: "text", content: "The wind is strong: don't fly." })
      .add("goal_added", { id: "g1", description: "Find a calm day" });
    const b = index.session("b").action({ tool: "bash_exec", output: "total 0\n\tfile_write.ts naïve" });
    index.update(a.write(), b.write());
  });

  afterAll(disposeIndex);

  it.each([
    ["achensee", ["a:2", "a:1"]],
    ["ACHENSEE wind", ["a:2"]],
    ["wind", ["a:3", "a:2"]],
    ["place", ["a:2"]],
    ["don't", ["a:3"]],
    ["file_write", ["b:2"]],
    ["file_write.ts", ["b:2"]],
    ["write_file", []],
    ["naive", ["b:2"]],
    ["fligh", ["a:1"]],
    ["fl", []],
    ["day calm", ["a:4"]],
    ["wi strong", []],
    ["nowhere", []],
    ["— … ''", []],
    ["calm — day", ["a:4"]],
    ['fly."', ["a:3"]],
    ["text : calm", []],
    ["NOT calm", []],
    ["calm AND day", []],
    ["12", []],
  ])("for %j finds %j", async (words, places) => {
    expect(await index.found(words)).toEqual(places);
  });

  it("can be held to a session or a type", async () => {
    expect(await index.found("wind", { type: "action" })).toEqual(["a:2"]);
    expect(await index.found("calm", { type: "goal_added" })).toEqual(["a:4"]);
    expect(await index.found("calm", { type: "action" })).toEqual([]);
    expect(await index.found("action", { type: "goal_added" })).toEqual([]);
    expect(await index.found("total", { sessionId: "b" })).toEqual(["b:2"]);
    expect(await index.found("total", { sessionId: "a" })).toEqual([]);
    expect(await index.found("total", { sessionId: "none" })).toEqual([]);
  });

  it("shows each hit with its surroundings and when it was", async () => {
    const { hits, nextCursor } = await index.search({ q: "strong" });
    expect(hits).toEqual([
      {
        sessionId: "a",
        seq: 3,
        type: "response",
        timestamp: "2026-01-01T00:00:03.000Z",
        snippet: "type: text content: The wind is ⟦strong⟧: don't fly.",
      },
    ]);
    expect(nextCursor).toBeNull();
  });

  it("never fails, whatever the words are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1, maxLength: 200 }), async (q) => {
        const { hits } = await index.db.search({ q, limit: 5 });
        expect(hits.length).toBeLessThanOrEqual(5);
      }),
      { numRuns: 300 },
    );
    const { hits } = await index.db.search({ q: "w ".repeat(512), limit: 5 });
    expect(hits).toEqual([]);
  });
});

describe("the text of events", () => {
  beforeEach(openIndex);
  afterEach(disposeIndex);

  it("pages through hits, newest first, each once", async () => {
    const sessions = ["a", "b", "c"].map((id) => index.session(id));
    for (let turn = 0; turn < 5; turn += 1)
      for (const session of sessions) session.action({ tool: "needle" });
    index.update(...sessions.map((session) => session.write()));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { hits, nextCursor } = await index.search({
        q: "needle",
        limit: "4",
        ...(cursor === null ? {} : { cursor }),
      });
      seen.push(...hits.map(({ sessionId, seq }) => `${sessionId}:${String(seq)}`));
      cursor = nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(
      ["c", "b", "a"].flatMap((id) => [6, 5, 4, 3, 2].map((seq) => `${id}:${String(seq)}`)),
    );
  });

  it("finds what was announced before it reached the session's files", async () => {
    const session = index.session("s").write();
    index.update(session);
    index.update(session.action({ tool: "needle" }));
    const searching = index.found("needle");
    await pause(100);
    session.write();
    expect(await searching).toEqual(["s:2"]);
  });

  it("answers in time where the files never come", async () => {
    const impatient = await new TestIndex(500).open();
    impatient.update(impatient.session("s").action({ tool: "needle" }));
    expect(await impatient.found("needle")).toEqual([]);
    await impatient.dispose();
  });

  it("indexes each event once over restarts and growing files", async () => {
    const session = index.session("s");
    for (let turn = 0; turn < 4; turn += 1) {
      session.action({ tool: "needle" }).add("response", { content: "needle" }).write();
      index.update(session);
      await index.found("needle");
      await index.reopen();
    }
    expect(await index.found("needle")).toHaveLength(8);
  });

  it("finds only the beginning of a very long text, whatever is in it", async () => {
    const session = index
      .session("s")
      .action({ output: `${"x".repeat(16_000)} inside ${"y".repeat(2_000)} outside` });
    session.action({ output: "\u0000\ud800\u0007 strange ⟦marks⟧ \udfff" });
    index.update(session.write());
    expect(await index.found("inside")).toEqual(["s:2"]);
    expect(await index.found("outside")).toEqual([]);
    const { hits } = await index.search({ q: "strange" });
    expect(hits[0]?.snippet).toContain("output:   ⟦strange⟧  marks ");
  });

  it("forgets the text of a deleted session at once, and of one made anew finds the new", async () => {
    const session = index.session("s");
    for (let turn = 0; turn < 1_200; turn += 1) session.action({ tool: "needle" });
    index.update(session.write());
    while ((await index.found("needle", { limit: "1000" })).length < 1_000) await pause(10);
    fs.rmSync(session.folder, { recursive: true });
    index.delete("s");
    expect(await index.found("needle")).toEqual([]);
    index.update(index.session("s").action({ tool: "needle" }).write());
    expect(await index.found("needle")).toEqual(["s:2"]);
  });

  it("counts what is not searchable yet", async () => {
    const session = index.session("s").write();
    index.update(session);
    await index.found("x");
    await expect.poll(() => index.db.lag).toBe(0);
    index.update(session.action({}).action({}));
    await expect.poll(() => index.db.lag).toBe(2);
    session.write();
    await expect.poll(() => index.db.lag).toBe(0);
  });

  it("goes on after lines that are damaged", async () => {
    const session = index.session("s").action({ tool: "first" }).write();
    fs.appendFileSync(path.join(session.folder, "actions.jsonl"), 'garbage\n{"seq":2,"offset":\n');
    session.action({ tool: "second" }).write();
    index.update(session);
    expect(await index.found("second")).toEqual(["s:3"]);
  });
});
