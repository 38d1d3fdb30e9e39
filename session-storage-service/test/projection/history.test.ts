import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { SessionNotFound } from "../../src/domain/errors.js";
import { eventJson, type StoredEvent } from "../../src/domain/events.js";
import { stateOf } from "../../src/domain/documents.js";
import type { EntrySelection, EventSelection, StoredText } from "../../src/domain/reading.js";
import type { Session } from "../../src/domain/session.js";
import { GlobalReader } from "../../src/projection/global-reader.js";
import { FileHistory } from "../../src/projection/history.js";
import { asLatin1 } from "../../src/projection/log-line.js";
import { FilesLab } from "../support/files-lab.js";
import { foldAll } from "../support/fold-all.js";

interface Reader {
  readonly lab: FilesLab;
  readonly events: StoredEvent[];
  readonly history: FileHistory;
}

/** A session of eleven events, some of them written and some not. */
function reader(durable: (session: Session) => Session = (session) => session): Reader {
  const lab = new FilesLab();
  const events = lab.begin();
  events.push(
    ...lab.record(
      "s1",
      ["action", { type: "bash_exec", agentId: "a1", runId: "r1", input: "é" }],
      ["goal_added", { id: "g1", description: "d" }],
      ["state_updated", { phase: "work" }],
    ),
  );
  lab.files.flush();
  events.push(
    ...lab.record(
      "s1",
      ["action", { type: "bash_exec", agentId: "a2", note: '"a1"' }],
      ["response", { type: "text", agentId: "a1" }],
      ["agent_spawned", { agentId: "a1", type: "t" }],
      ["action", { type: "error", agentId: "a1", input: { agentId: "a2" } }],
      ["goal_updated", { goalId: "g1", status: "completed" }],
    ),
  );
  const get = (sessionId: string) =>
    sessionId === "s1"
      ? Promise.resolve(durable(lab.session()))
      : Promise.reject(new SessionNotFound(sessionId));
  const source = {
    get,
    snapshots: (sessionId: string) => lab.files.snapshots(sessionId),
    flushSession: (sessionId: string) => lab.files.flushSession(sessionId),
  };
  const global = new GlobalReader({
    index: { sessionsBetween: () => Promise.resolve(["s1"]) },
    head: () => events.length,
    snapshots: source.snapshots,
    deletions: () => Promise.resolve([]),
  });
  return { lab, events, history: new FileHistory(source, global) };
}

async function seqsOf(pieces: AsyncIterable<readonly StoredText[]>): Promise<number[]> {
  const seqs: number[] = [];
  for await (const piece of pieces) seqs.push(...piece.map(({ seq }) => seq));
  return seqs;
}

describe("events", () => {
  it("are given as they were shown live, in order", async () => {
    const { history, events } = reader();
    const texts: string[] = [];
    for await (const piece of history.events("s1", { after: 0 }))
      texts.push(...piece.map(({ text }) => text));
    expect(texts).toEqual(events.map((event) => asLatin1(eventJson(event))));
  });

  it.each<[string, Partial<EventSelection>, number[]]>([
    ["after a seq", { after: 8 }, [9, 10, 11]],
    ["up to a seq", { upTo: 3 }, [1, 2, 3]],
    ["after the last", { after: 11 }, []],
    ["beyond the last", { after: 9, upTo: 99 }, [10, 11]],
    ["of one type", { types: ["action"] }, [2, 4, 7, 10]],
    ["of two types in different logs", { types: ["response", "goal_added"] }, [3, 5, 8]],
    ["of one type among those of a log", { types: ["goal_updated"] }, [11]],
    ["of a type that is not there", { types: ["session_finalized"] }, []],
    ["of an agent, not where it is only mentioned", { agentId: "a1" }, [4, 8, 9, 10]],
    ["of a run", { runId: "r1" }, [4]],
    ["of an agent and a type", { agentId: "a1", types: ["agent_spawned"] }, [9]],
  ])("can be asked for %s", async (_, selection, seqs) => {
    const { history } = reader();
    expect(await seqsOf(history.events("s1", { after: 0, ...selection }))).toEqual(seqs);
  });

  it("are not given before they are durable", async () => {
    const { history } = reader((session) => ({ ...session, seq: 7 }));
    expect(await seqsOf(history.events("s1", { after: 5 }))).toEqual([6, 7]);
    expect(await seqsOf(history.entries("s1", "actions", { after: 5 }))).toEqual([7]);
  });

  it("come in pieces, so that a long log is never in memory as a whole", async () => {
    const { history, lab } = reader();
    const big = Array.from({ length: 40 }, () => ["action", { type: "x", pad: "x".repeat(50_000) }] as const);
    lab.record("s1", ...big);
    lab.files.flush();
    const sizes: number[] = [];
    for await (const piece of history.events("s1", { after: 0 })) sizes.push(piece.length);
    expect(sizes.length).toBeGreaterThan(5);
    expect(Math.max(...sizes.slice(1))).toBeLessThan(10);
  });

  it("of a session that does not exist are refused", async () => {
    await expect(seqsOf(reader().history.events("s9", { after: 0 }))).rejects.toThrow(SessionNotFound);
  });
});

describe("entries of a log", () => {
  it("are its lines as they stand in the file", async () => {
    const { history, lab } = reader();
    const texts: string[] = [];
    for await (const piece of history.entries("s1", "actions", { after: 0 }))
      texts.push(...piece.map(({ text }) => text));
    lab.files.flush();
    expect(texts.map((text) => `${text}\n`).join("")).toBe(asLatin1(lab.log("actions")));
  });

  it.each<[string, Partial<EntrySelection>, number[]]>([
    ["all", {}, [2, 4, 7, 10]],
    ["after a seq", { after: 4 }, [7, 10]],
    ["up to a seq", { upTo: 4 }, [2, 4]],
    ["of their own type", { type: "bash_exec" }, [4, 7]],
    ["of an agent", { agentId: "a1" }, [4, 10]],
    ["of a run", { runId: "r1" }, [4]],
    ["of an agent and a type", { agentId: "a1", type: "error" }, [10]],
    ["of a run that is not there", { runId: "r9" }, []],
  ])("can be asked for: %s", async (_, selection, seqs) => {
    expect(await seqsOf(reader().history.entries("s1", "actions", { after: 0, ...selection }))).toEqual(seqs);
  });

  it.each<[number, Partial<EntrySelection>, number[], boolean]>([
    [2, {}, [7, 10], true],
    [4, {}, [2, 4, 7, 10], false],
    [9, {}, [2, 4, 7, 10], false],
    [0, {}, [], true],
    [1, { agentId: "a1" }, [10], true],
    [2, { agentId: "a1" }, [4, 10], false],
    [9, { after: 4 }, [7, 10], false],
    [1, { after: 7 }, [10], false],
  ])("can be asked for: the last %d of %j", async (count, selection, seqs, truncated) => {
    const tail = await reader().history.tail("s1", "actions", count, { after: 0, ...selection });
    expect([tail.entries.map(({ seq }) => seq), tail.truncated]).toEqual([seqs, truncated]);
  });

  it("of a log without any are none", async () => {
    const lab = new FilesLab();
    lab.record("s1", ["session_created", { userId: "u", initial: {} }]);
    const source = {
      get: () => Promise.resolve(lab.session()),
      snapshots: () => lab.files.snapshots("s1"),
      flushSession: () => undefined,
    };
    const history = new FileHistory(source, reader().history as unknown as GlobalReader);
    expect(await history.tail("s1", "actions", 5, { after: 0 })).toEqual({ entries: [], truncated: false });
    expect(await seqsOf(history.entries("s1", "responses", { after: 0 }))).toEqual([]);
  });
});

describe("the state at a seq", () => {
  it("is the fold of the events up to it, at every seq", async () => {
    const { history, events } = reader();
    for (const { seq } of events) {
      const session = foldAll(events.slice(0, seq)) as Session;
      expect(await history.stateAt("s1", seq)).toEqual(stateOf(session));
    }
  });

  it("is refused beyond the last event", async () => {
    await expect(reader().history.stateAt("s1", 12)).rejects.toMatchObject({
      code: "invalid_request",
      issues: [{ path: "atSeq" }],
    });
  });
});

describe("verify", () => {
  const producer = { id: "p1", recorded: 10, dropped: 2, stored: 8, duplicates: 1 };

  it("finds a whole session complete, from its files", async () => {
    const { history, lab } = reader();
    expect(await history.verify("s1")).toEqual({ complete: true, lastSeq: 11, missing: [], producers: [] });
    expect(lab.seqs("actions")).toEqual([2, 4, 7, 10]);
  });

  it("names what is missing, in the middle and at the end", async () => {
    const { history, lab } = reader();
    lab.files.flush();
    lab.restart();
    for (const [kind, kept] of [
      ["actions", 2],
      ["events", 3],
    ] as const) {
      const lines = lab.log(kind).split(/(?<=\n)/);
      fs.writeFileSync(lab.layout.log("s1", kind), lines.slice(0, kept).join(""));
    }
    expect(await history.verify("s1")).toMatchObject({ complete: false, lastSeq: 8, missing: [7] });
  });

  it("names a line that is damaged", async () => {
    const { history, lab } = reader();
    lab.files.flush();
    fs.writeFileSync(lab.layout.log("s1", "actions"), lab.log("actions").replace('{"seq":4', '{"sex":4'));
    expect(await history.verify("s1")).toMatchObject({ complete: false, missing: [4] });
  });

  it.each([
    ["nothing", producer, true, 0],
    ["an event", { ...producer, recorded: 11 }, false, 1],
    ["no event that was stored more often than reported", { ...producer, recorded: 5 }, true, 0],
  ])("tells that a producer misses %s", async (_, totals, complete, missing) => {
    const { history } = reader((session) => ({ ...session, producers: [totals] }));
    expect(await history.verify("s1")).toMatchObject({ complete, producers: [{ ...totals, missing }] });
  });
});

it("reads the events of all sessions through the global reader", async () => {
  const { history } = reader();
  expect(await seqsOf(history.allEvents(9))).toEqual([10, 11]);
});
