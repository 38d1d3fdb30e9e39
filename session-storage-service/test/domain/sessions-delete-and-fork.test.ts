import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { InvalidRequest, SessionExists, SessionNotFound, StorageFull } from "../../src/domain/errors.js";
import { action } from "../support/commands.js";
import { Gate, MemoryRecorder } from "../support/memory-recorder.js";

const seqs = (recorder: MemoryRecorder, sessionId = "s1") =>
  recorder.journaled(sessionId).map(({ seq }) => seq);

describe("delete", () => {
  it("removes the session's files after the deletion is durable, and the id may be used anew", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    await recorder.submit("s1", action("e1"));
    await recorder.sessions.delete("s1");
    expect(recorder.archive.stored("s1")).toEqual([]);
    await expect(recorder.sessions.get("s1")).rejects.toThrow(SessionNotFound);
    const { created } = await recorder.create("s1");
    await recorder.submit("s1", action("e1"));
    expect(created).toBe(true);
    expect(seqs(recorder)).toEqual([1, 2, 3, 1, 2]);
  });

  it("is done once under an id, however many ask at once and whoever has the session's id later", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const asked = [recorder.sessions.delete("s1", "d1"), recorder.sessions.delete("s1", "d1")];
    expect(await Promise.all(asked)).toMatchObject([
      { seq: 2, duplicate: false },
      { seq: 2, duplicate: true },
    ]);
    await recorder.create("s1");
    expect(await recorder.sessions.delete("s1", "d1")).toMatchObject({ seq: 2, duplicate: true });
    expect((await recorder.sessions.get("s1")).seq).toBe(1);
    expect(await recorder.sessions.delete("s1", "d2")).toMatchObject({ seq: 2, duplicate: false });
    await expect(recorder.sessions.delete("s1", "d3")).rejects.toThrow(SessionNotFound);
    await expect(recorder.sessions.delete("s2", "d1")).rejects.toThrow(SessionNotFound);
  });

  it("is not done under the id of another event, also of one that is on its way", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const acting = recorder.submit("s1", action("e1"));
    expect(await recorder.sessions.delete("s1", "e1")).toMatchObject({ seq: 2, event: { type: "action" } });
    await acting;
    expect(await recorder.sessions.delete("s1", "e1")).toMatchObject({ seq: 2, event: { type: "action" } });
    expect((await recorder.sessions.get("s1")).seq).toBe(2);
  });

  it("keeps the session where the deletion cannot be stored", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    recorder.commitsLeft = 0;
    await expect(recorder.sessions.delete("s1")).rejects.toThrow(StorageFull);
    expect((await recorder.sessions.get("s1")).seq).toBe(1);
    expect(recorder.archive.stored("s1")).toHaveLength(1);
  });

  it("has a new session of that id wait until the old files are gone", async () => {
    const gate = new Gate();
    const recorder = new MemoryRecorder((what) => (what === "remove" ? gate.pass(what) : Promise.resolve()));
    await recorder.create("s1");
    const deleting = recorder.sessions.delete("s1");
    await turn();
    await turn();
    const creating = recorder.create("s1");
    await expect(recorder.submit("s2", action())).rejects.toThrow(SessionNotFound);
    expect(seqs(recorder)).toEqual([1, 2]);
    gate.open();
    await Promise.all([deleting, creating]);
    expect(recorder.archive.stored("s1").map(({ seq }) => seq)).toEqual([1]);
  });

  it("can be done once", async () => {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    const both = await Promise.allSettled([recorder.sessions.delete("s1"), recorder.sessions.delete("s1")]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });
});

describe("fork", () => {
  async function source(): Promise<MemoryRecorder> {
    const recorder = new MemoryRecorder();
    await recorder.create("s1");
    for (const id of ["e1", "e2", "e3"]) await recorder.submit("s1", action(id));
    return recorder;
  }

  it("copies the history up to a seq, with its numbers, ids and times", async () => {
    const recorder = await source();
    const fork = await recorder.sessions.fork("s1", "f1", { atSeq: 3 });
    expect(fork.profile.forkedFrom).toEqual({ sessionId: "s1", seq: 3 });
    expect(recorder.archive.stored("f1").map(({ seq, id }) => [seq, id])).toEqual([
      [1, "made-1"],
      [2, "e1"],
      [3, "e2"],
    ]);
    const { outcomes } = await recorder.submit("f1", action("e1"), action("e3"));
    expect(outcomes).toMatchObject([
      { seq: 2, duplicate: true },
      { seq: 4, duplicate: false },
    ]);
  });

  it("refuses a seq that the source does not have", async () => {
    const recorder = await source();
    await expect(recorder.sessions.fork("s1", "f1", { atSeq: 5 })).rejects.toThrow(InvalidRequest);
  });

  it("refuses an id that exists", async () => {
    const recorder = await source();
    await expect(recorder.sessions.fork("s1", "s1", {})).rejects.toThrow(SessionExists);
  });

  it("is made by one of those that ask for the same id at once", async () => {
    const recorder = await source();
    const both = await Promise.allSettled([
      recorder.sessions.fork("s1", "f1", {}),
      recorder.sessions.fork("s1", "f1", {}),
    ]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(seqs(recorder, "f1")).toEqual([1, 2, 3, 4]);
  });

  it("is not to be seen, written or made again until it is whole", async () => {
    const recorder = await source();
    const forking = recorder.sessions.fork("s1", "f1", {});
    await turn();
    await turn();
    expect(seqs(recorder, "f1").length).toBeGreaterThan(0);
    await expect(recorder.sessions.get("f1")).rejects.toThrow(SessionNotFound);
    await expect(recorder.submit("f1", action())).rejects.toThrow(SessionNotFound);
    await expect(recorder.create("f1")).rejects.toThrow(SessionNotFound);
    await forking;
    expect((await recorder.sessions.get("f1")).seq).toBe(4);
  });

  it("leaves nothing behind when it fails half-way, and can be tried again", async () => {
    const recorder = await source();
    recorder.commitsLeft = 1;
    await expect(recorder.sessions.fork("s1", "f1", {})).rejects.toThrow(StorageFull);
    expect(recorder.archive.stored("f1")).toEqual([]);
    await expect(recorder.sessions.get("f1")).rejects.toThrow(SessionNotFound);
    recorder.commitsLeft = Infinity;
    expect((await recorder.sessions.fork("s1", "f1", {})).seq).toBe(4);
  });

  it("fails where the source is deleted before it is copied", async () => {
    const gate = new Gate();
    const recorder = new MemoryRecorder((what) => (what === "events" ? gate.pass(what) : Promise.resolve()));
    await recorder.create("s1");
    const forking = recorder.sessions.fork("s1", "f1", {});
    await recorder.sessions.delete("s1");
    gate.open();
    await expect(forking).rejects.toThrow(SessionNotFound);
    await expect(recorder.sessions.get("f1")).rejects.toThrow(SessionNotFound);
  });
});
