import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { SessionClosed, SessionExists, SessionNotFound, StorageFull } from "../../src/domain/errors.js";
import { metadataOf } from "../../src/domain/documents.js";
import { action, command } from "../support/commands.js";
import { Gate, MemoryRecorder } from "../support/memory-recorder.js";

const seqs = (recorder: MemoryRecorder, sessionId = "s1") =>
  recorder.journaled(sessionId).map(({ seq }) => seq);

describe("create", () => {
  it("makes a session whose first event has seq 1", async () => {
    const recorder = new MemoryRecorder();
    const receipt = await recorder.create("s1");
    expect(receipt.created).toBe(true);
    expect(recorder.journaled("s1")).toMatchObject([
      { type: "session_created", seq: 1, data: { userId: "u1" } },
    ]);
  });

  it("finds the session that exists for the same user and stores nothing", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const again = await recorder.create("s1");
    expect(again.created).toBe(false);
    expect(seqs(recorder)).toEqual([1]);
  });

  it("refuses an id that belongs to another user", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    await expect(recorder.create("s1", { userId: "u2" })).rejects.toThrow(SessionExists);
  });

  it("makes one session however many ask at once", async () => {
    const recorder = new MemoryRecorder(() => turn());
    const receipts = await Promise.all([recorder.create("s1"), recorder.create("s1"), recorder.create("s1")]);
    expect(receipts.filter(({ created }) => created)).toHaveLength(1);
    expect(seqs(recorder)).toEqual([1]);
  });

  it.each([
    ["before it", ["parent", "child"]],
    ["after it", ["child", "parent"]],
  ])("lists a child with a parent that was made %s", async (_, order) => {
    const recorder = new MemoryRecorder();
    for (const id of order) await recorder.create(id, id === "child" ? { parentSession: "parent" } : {});
    expect((await recorder.sessions.get("parent")).profile.subsessions).toEqual(["child"]);
  });

  it("lists a child once, however often that is tried", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("parent");
    const { session } = await recorder.create("child", { parentSession: "parent" });
    await Promise.all([recorder.sessions.linkFamily(session), recorder.sessions.linkFamily(session)]);
    expect(seqs(recorder, "parent")).toEqual([1, 2]);
  });

  it("lists a child whatever ids the parent's events were given", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("parent");
    await recorder.submit("parent", action("subsession:child"));
    await recorder.create("child", { parentSession: "parent" });
    expect((await recorder.sessions.get("parent")).profile.subsessions).toEqual(["child"]);
  });

  it("answers that a session was made even where its parent cannot be told", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("parent");
    recorder.commitsLeft = 1;
    await expect(recorder.create("child", { parentSession: "parent" })).resolves.toMatchObject({
      created: true,
    });
  });
});

describe("submit", () => {
  it("refuses a session that does not exist", async () => {
    await expect(new MemoryRecorder().submit("s1", action())).rejects.toThrow(SessionNotFound);
  });

  it("numbers what many writers store at once without gap or repeat", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const receipts = await Promise.all(
      Array.from({ length: 64 }, (_, index) => recorder.submit("s1", action(`e${index}`))),
    );
    expect(receipts.map(({ outcomes }) => outcomes[0]?.seq)).toEqual(
      Array.from({ length: 64 }, (_, index) => index + 2),
    );
    expect(metadataOf(await recorder.sessions.get("s1")).metrics.actions).toBe(64);
  });

  it("answers a repeated id with the seq of the first and stores nothing", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    await recorder.submit("s1", action("e1"));
    const repeat = await recorder.submit("s1", action("e1"));
    expect(repeat.outcomes).toMatchObject([{ seq: 2, duplicate: true, event: { id: "e1" } }]);
    expect(seqs(recorder)).toEqual([1, 2]);
  });

  it("recognises a repeat while the first is still on its way to the disk", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const both = await Promise.all([
      recorder.submit("s1", action("e1")),
      recorder.submit("s1", action("e1")),
    ]);
    expect(both.map(({ outcomes }) => outcomes[0]?.duplicate)).toEqual([false, true]);
    expect(seqs(recorder)).toEqual([1, 2]);
  });

  it("recognises a repeat within one submission", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const { outcomes } = await recorder.submit("s1", action("e1"), action("e2"), action("e1"));
    expect(outcomes).toMatchObject([
      { seq: 2, duplicate: false },
      { seq: 3, duplicate: false },
      { seq: 2, duplicate: true },
    ]);
  });

  it("answers a repeat within one submission of what was there already with the seq of that", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const goal = command("goal_added", { id: "g1", description: "d" });
    await recorder.submit("s1", goal);
    const keyed = { ...goal, id: "e1" };
    const { outcomes } = await recorder.submit("s1", action(), keyed, keyed);
    expect(outcomes).toMatchObject([{ seq: 3 }, { seq: 2, duplicate: true }, { seq: 2, duplicate: true }]);
  });

  it("keeps nothing in memory of sessions that are asked for but not there", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    for (const id of ["x1", "x2", "x3"]) {
      await expect(recorder.sessions.get(id)).rejects.toThrow(SessionNotFound);
    }
    expect(recorder.sessions.hotCount).toBe(1);
  });

  it("makes a session that others ask for at the same moment", async () => {
    const recorder = new MemoryRecorder(() => turn());
    const asking = Promise.allSettled([recorder.sessions.get("s1"), recorder.sessions.get("s1")]);
    const receipts = await Promise.all([recorder.create("s1"), recorder.create("s1")]);
    await asking;
    expect(receipts.filter(({ created }) => created)).toHaveLength(1);
    expect(seqs(recorder)).toEqual([1]);
  });

  it("recognises a repeat after memory has forgotten the session", async () => {
    const recorder = new MemoryRecorder(undefined, { maxSessions: 1, maxIdBytes: 0 });
    await recorder.create("s1");
    await recorder.submit("s1", action("e1"));
    for (const other of ["s2", "s3", "s4"]) await recorder.create(other);
    expect(recorder.archive.released).toContain("s1");
    const repeat = await recorder.submit("s1", action("e1"));
    expect(repeat.outcomes).toMatchObject([{ seq: 2, duplicate: true }]);
  });

  it("stores nothing of a batch with one command that is refused, and names the command", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const batch = recorder.submit("s1", action(), command("goal_updated", { goalId: "none" }));
    await expect(batch).rejects.toMatchObject({
      code: "goal_not_found",
      issues: [{ path: "events.1.data.goalId" }],
    });
    expect(seqs(recorder)).toEqual([1]);
  });

  it("leaves no trace of a commit that failed, and takes the same ids again", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const before = await recorder.sessions.get("s1");
    recorder.commitsLeft = 0;
    const failing = [recorder.submit("s1", action("e1")), recorder.submit("s1", action("e2"))];
    for (const one of failing) await expect(one).rejects.toThrow(StorageFull);
    expect(await recorder.sessions.get("s1")).toBe(before);
    recorder.commitsLeft = Infinity;
    const { outcomes } = await recorder.submit("s1", action("e1"));
    expect(outcomes).toMatchObject([{ seq: 2, duplicate: false }]);
  });

  it("answers a repeat only once what it repeats is durable", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    recorder.commitsLeft = 0;
    const both = [recorder.submit("s1", action("e1")), recorder.submit("s1", action("e1"))];
    for (const one of both) await expect(one).rejects.toThrow(StorageFull);
  });

  it("answers a repeat that is known by its goal only once the goal is durable", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const goal = command("goal_added", { id: "g1", description: "d" });
    recorder.commitsLeft = 0;
    const both = [recorder.submit("s1", goal), recorder.submit("s1", goal)];
    for (const one of both) await expect(one).rejects.toThrow(StorageFull);
    recorder.commitsLeft = Infinity;
    const again = await Promise.all([recorder.submit("s1", goal), recorder.submit("s1", goal)]);
    expect(again.map(({ outcomes }) => outcomes)).toMatchObject([
      [{ seq: 2, duplicate: false }],
      [{ seq: 2, duplicate: true }],
    ]);
  });

  it("does not lose an id that is stored while the session's ids are read by two at once", async () => {
    const gate = new Gate();
    const recorder = new MemoryRecorder(
      (what) => (what === "eventIds" ? gate.pass(what) : Promise.resolve()),
      {
        maxSessions: 1,
        maxIdBytes: 0,
      },
    );
    await recorder.create("s1");
    for (const other of ["s2", "s3"]) await recorder.create(other);
    const both = [recorder.submit("s1", action("e1")), recorder.submit("s1", action("e2"))];
    await turn();
    expect(gate.waiting).toHaveLength(2);
    gate.open();
    await Promise.all(both);
    await recorder.submit("s1", action("e1"));
    await recorder.submit("s1", action("e2"));
    expect(seqs(recorder)).toEqual([1, 2, 3]);
  });

  it("gives no seq twice when memory would forget a session that is waiting for the disk", async () => {
    const gate = new Gate();
    const recorder = new MemoryRecorder(
      (what) => (what === "eventIds" ? gate.pass(what) : Promise.resolve()),
      {
        maxSessions: 1,
        maxIdBytes: 0,
      },
    );
    await recorder.create("s1");
    for (const other of ["s2", "s3"]) await recorder.create(other);
    const first = recorder.submit("s1", action("e1"));
    await turn();
    for (const other of ["s4", "s5", "s6"]) await recorder.create(other);
    recorder.sessions.trim();
    const second = recorder.submit("s1", action("e2"));
    await turn();
    gate.open();
    await Promise.all([first, second]);
    expect(seqs(recorder)).toEqual([1, 2, 3]);
  });
});

it("takes no write to a closed session until it is resumed", async () => {
  const recorder = new MemoryRecorder();
  await recorder.create("s1");
  await recorder.submit("s1", command("session_finalized", { status: "success" }));
  await expect(recorder.submit("s1", action())).rejects.toThrow(SessionClosed);
  await recorder.submit("s1", command("resume"));
  await expect(recorder.submit("s1", action())).resolves.toMatchObject({ outcomes: [{ duplicate: false }] });
});
