import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { metadataOf, stateOf } from "../../src/domain/documents.js";
import { FilesLab, fullDiskAfter, syncedFiles } from "../support/files-lab.js";

describe("what is durable", () => {
  it("is written to the log of its kind, a line per event, and shown in the documents", () => {
    const lab = new FilesLab();
    lab.begin();
    lab.record("s1", ["goal_added", { id: "g1", description: "d" }]);
    lab.files.flush();
    expect([lab.seqs("events"), lab.seqs("actions"), lab.seqs("responses")]).toEqual([[1, 4], [2], [3]]);
    expect(lab.document("metadata")).toEqual({
      ...metadataOf(lab.session()),
      derived: { runs: 0, usage: 3 },
    });
    expect(lab.document("state")).toEqual(stateOf(lab.session()));
    expect(lab.document("initial")).toEqual({ prompt: "go" });
    expect(lab.document("final")).toBeUndefined();
  });

  it("is written by itself a moment after it was told", async () => {
    const lab = new FilesLab();
    lab.begin();
    expect(lab.files.isSettled("s1")).toBe(false);
    await expect.poll(() => lab.files.isSettled("s1")).toBe(true);
    expect(lab.seqs("actions")).toEqual([2]);
  });

  it("is written at once where too much would wait", () => {
    const lab = new FilesLab(undefined, 500);
    lab.begin();
    lab.record("s1", ["action", { type: "x", pad: "x".repeat(500) }]);
    expect(lab.seqs("actions")).toEqual([2, 4]);
  });

  it("may be asked for one session", () => {
    const lab = new FilesLab();
    lab.begin("s1");
    lab.begin("s2");
    lab.files.flushSession("s1");
    expect([lab.seqs("actions", "s1"), lab.seqs("actions", "s2")]).toEqual([[2], []]);
  });

  it("has a final document while the session is finalized", () => {
    const lab = new FilesLab();
    lab.begin();
    lab.record("s1", ["session_finalized", { status: "failure", outcome: "gave up" }]);
    lab.files.flush();
    expect(lab.document("final")).toEqual(lab.session().final);
    lab.record("s1", ["status_changed", { from: "failed", to: "active" }]);
    lab.files.flush();
    expect(lab.document("final")).toBeUndefined();
  });

  it("links the sessions that belong to it", () => {
    const lab = new FilesLab();
    lab.begin("parent");
    lab.begin("child");
    lab.record("parent", ["metadata_updated", { subsession: "child" }]);
    lab.files.flush();
    lab.record("parent", ["metadata_updated", { subsession: "later" }]);
    lab.files.flush();
    const folder = lab.path("sessions", "parent", "subsessions");
    expect(fs.readdirSync(folder).sort()).toEqual(["child", "later"]);
    expect(fs.readlinkSync(`${folder}/child`)).toBe("../../child");
    expect(fs.existsSync(`${folder}/child/metadata.json`)).toBe(true);
  });
});

describe("a full disk", () => {
  it.each([0, 1, 40, 100, 150])(
    "after %d bytes leaves no half line, and what is missing follows later",
    (bytes) => {
      const lab = new FilesLab();
      lab.begin();
      lab.files.flush();
      lab.record("s1", ["action", { type: "x" }], ["action", { type: "y" }]);
      const disk = fullDiskAfter(bytes);
      lab.files.flush();
      expect(lab.log("actions")).toMatch(/\n$/);
      expect(lab.seqs("actions")).toEqual([2]);
      expect([lab.files.isFailing, lab.files.isSettled("s1")]).toEqual([true, false]);
      expect(lab.errors[0]).toBe("s1: ENOSPC: no space left on device");
      disk.freed();
      lab.files.flush();
      expect(lab.seqs("actions")).toEqual([2, 4, 5]);
      expect([lab.files.isFailing, lab.files.isSettled("s1")]).toEqual([false, true]);
    },
  );

  it("hides nothing from readers meanwhile", async () => {
    const lab = new FilesLab();
    lab.begin();
    fullDiskAfter(0);
    lab.files.flush();
    lab.files.flushSession("s1");
    const seqs: number[] = [];
    for await (const events of lab.files.events("s1", 0, Infinity))
      seqs.push(...events.map(({ seq }) => seq));
    expect(seqs).toEqual([1, 2, 3]);
  });

  it("is no sync, and what was to be synced stays to be synced", async () => {
    const lab = new FilesLab();
    lab.begin();
    const disk = fullDiskAfter(0);
    await expect(lab.files.sync()).rejects.toThrow("cannot be written");
    disk.freed();
    await lab.files.sync();
    expect(lab.seqs("actions")).toEqual([2]);
  });

  it("in one session does not keep the others from being written", () => {
    const lab = new FilesLab();
    lab.begin("s1");
    lab.begin("s2");
    fs.mkdirSync(lab.layout.session("s1"), { recursive: true });
    fs.mkdirSync(lab.layout.log("s1", "events"));
    lab.files.flush();
    expect(lab.errors.length).toBeGreaterThan(0);
    expect(lab.seqs("actions", "s2")).toEqual([2]);
  });
});

it("makes the session's folder anew where someone has taken it away", () => {
  const lab = new FilesLab();
  lab.begin();
  lab.files.flush();
  fs.rmSync(lab.layout.session("s1"), { recursive: true });
  lab.record("s1", ["action", { type: "x" }]);
  lab.files.flush();
  lab.files.flush();
  expect(lab.seqs("actions")).toEqual([4]);
});

it("cuts what is behind the last whole line, as a crash left it, before it appends", () => {
  const lab = new FilesLab();
  lab.begin();
  lab.files.flush();
  lab.restart();
  fs.appendFileSync(lab.layout.log("s1", "actions"), '{"seq":99,"half');
  lab.record("s1", ["action", { type: "x" }]);
  lab.files.flush();
  expect(lab.seqs("actions")).toEqual([2, 4]);
});

describe("a sync", () => {
  it("syncs each file that changed, once, and the folders that name them", async () => {
    const lab = new FilesLab();
    lab.begin();
    const synced = await syncedFiles(() => lab.files.sync());
    expect(synced).toEqual(
      expect.arrayContaining(["actions.jsonl", "events.jsonl", "state.json", "s1", "sessions"]),
    );
    lab.begin("s2");
    const later = await syncedFiles(() => lab.files.sync());
    expect(later).toContain("s2");
    expect(later).not.toContain("s1");
  });

  it("passes over a session that was removed meanwhile", async () => {
    const lab = new FilesLab();
    lab.begin("s1");
    lab.begin("s2");
    lab.files.flush();
    await lab.files.remove("s1");
    await expect(lab.files.sync()).resolves.toBeUndefined();
  });

  it("that fails is done again for all it was for", async () => {
    const lab = new FilesLab();
    lab.begin();
    lab.files.flush();
    const sessions = lab.path("sessions");
    fs.renameSync(lab.layout.session("s1"), `${sessions}.s1`);
    fs.symlinkSync("s1", lab.layout.session("s1"));
    await expect(lab.files.sync()).rejects.toThrow("ELOOP");
    fs.rmSync(lab.layout.session("s1"));
    fs.renameSync(`${sessions}.s1`, lab.layout.session("s1"));
    expect(await syncedFiles(() => lab.files.sync())).toContain("actions.jsonl");
  });
});

describe("removing a session", () => {
  it("takes its folder away and forgets what was to be written", async () => {
    const lab = new FilesLab();
    lab.begin();
    lab.files.flush();
    lab.record("s1", ["action", { type: "x" }]);
    lab.record("s1", "session_deleted");
    await lab.files.remove("s1");
    lab.files.flush();
    await sleep(5);
    expect(fs.existsSync(lab.layout.session("s1"))).toBe(false);
    expect(lab.deletions.between(0, 100).map(({ sessionId, seq }) => [sessionId, seq])).toEqual([["s1", 5]]);
  });

  it("does not fail where the disk is full, but the journal may not be let go of", async () => {
    const lab = new FilesLab();
    lab.begin();
    lab.files.flush();
    const disk = fullDiskAfter(0);
    lab.record("s1", "session_deleted");
    await lab.files.remove("s1");
    expect(lab.errors).toEqual(["s1: ENOSPC: no space left on device"]);
    await expect(lab.files.sync()).rejects.toThrow("ENOSPC");
    disk.freed();
    await lab.files.sync();
    lab.restart();
    expect(lab.deletions.between(0, 100)).toHaveLength(1);
  });

  it("leaves a session of the same id to begin anew", async () => {
    const lab = new FilesLab();
    lab.begin();
    lab.record("s1", "session_deleted");
    await lab.files.remove("s1");
    lab.begin();
    lab.files.flush();
    expect([lab.seqs("events"), lab.seqs("actions"), lab.seqs("responses")]).toEqual([[1], [2], [3]]);
    expect(await lab.files.load("s1")).toMatchObject({ seq: 3, metrics: { actions: 1 } });
  });
});

describe("the index", () => {
  it("is told once of what changed, with where the session begins and ends", () => {
    const lab = new FilesLab();
    lab.begin("s1");
    lab.begin("s2");
    const { summaries } = lab.files.takeIndexChanges();
    expect(summaries).toMatchObject([
      { metadata: { sessionId: "s1", seq: 3 }, firstOffset: 1, lastOffset: 3 },
      { metadata: { sessionId: "s2", seq: 3 }, firstOffset: 4, lastOffset: 6 },
    ]);
    expect(lab.files.takeIndexChanges()).toEqual({ summaries: [], deleted: [] });
  });

  it("is told how large the logs are, written or not", () => {
    const lab = new FilesLab();
    lab.begin();
    const bytesOf = () => lab.files.takeIndexChanges().summaries[0]?.storageBytes;
    const waiting = bytesOf();
    lab.files.flush();
    lab.record("s1", ["state_updated", {}]);
    const all = `${lab.log("events")}${lab.log("actions")}${lab.log("responses")}`;
    expect(waiting).toBe(all.length);
    expect(bytesOf()).toBeGreaterThan(all.length);
  });

  it("is told of removed sessions, and no more of what they were", async () => {
    const lab = new FilesLab();
    lab.begin();
    lab.record("s1", "session_deleted");
    await lab.files.remove("s1");
    expect(lab.files.takeIndexChanges()).toEqual({ summaries: [], deleted: ["s1"] });
  });

  it("is not told of a fork that is still being copied", () => {
    const lab = new FilesLab();
    lab.begin("f1", { forkedFrom: { sessionId: "s1", seq: 9 } });
    expect(lab.files.takeIndexChanges().summaries).toEqual([]);
  });
});
