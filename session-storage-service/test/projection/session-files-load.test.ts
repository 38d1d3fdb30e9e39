import fs from "node:fs";
import { describe, expect, it } from "vitest";
import type { DocumentName } from "../../src/projection/layout.js";
import { metadataOf, stateOf } from "../../src/domain/documents.js";
import type { Session } from "../../src/domain/session.js";
import { FilesLab } from "../support/files-lab.js";
import { foldAll } from "../support/fold-all.js";

/** A session with a goal, a patch, a child and totals, written, and a new process that knows nothing of it. */
function written(): FilesLab {
  const lab = new FilesLab();
  lab.begin();
  lab.record("s1", ["goal_added", { id: "g1", description: "d" }], ["state_updated", { phase: "work" }]);
  lab.record("s1", ["metadata_updated", { subsession: "c1", tags: ["t"] }]);
  lab.files.flush();
  lab.restart();
  return lab;
}

/** Everything a reader is shown of a session. */
function shown(session: Session | undefined) {
  if (session === undefined) return undefined;
  const { initial, final, producers } = session;
  return { metadata: metadataOf(session), state: stateOf(session), initial, final, producers };
}

describe("loading a session", () => {
  it("that does not exist gives nothing", async () => {
    expect(await new FilesLab().files.load("s1")).toBeUndefined();
  });

  it("gives what its documents say", async () => {
    const lab = written();
    expect(shown(await lab.files.load("s1"))).toEqual(shown(lab.session()));
  });

  it("folds in what the logs have beyond the documents", async () => {
    const lab = written();
    const kept = ["metadata", "state", "initial"].map((name) => {
      const file = lab.layout.document("s1", name as DocumentName);
      return [file, fs.readFileSync(file)] as const;
    });
    lab.record("s1", ["action", { type: "error" }], ["session_finalized", { status: "success" }]);
    lab.files.flush();
    for (const [file, bytes] of kept) fs.writeFileSync(file, bytes);
    fs.rmSync(lab.layout.document("s1", "final"));
    lab.restart();
    expect(shown(await lab.files.load("s1"))).toEqual(shown(lab.session()));
  });

  it.each<[string, DocumentName, string | undefined]>([
    ["is missing", "metadata", undefined],
    ["is missing", "state", undefined],
    ["is missing", "initial", undefined],
    ["is empty, as power loss leaves it", "metadata", ""],
    ["is empty, as power loss leaves it", "state", ""],
    ["is cut off", "initial", '{"prompt":'],
    ["is of another age", "state", '{"$schema":"session-state-v1","version":1,"seq":2}'],
    ["is zeros", "metadata", "\0".repeat(100)],
  ])("folds its events where a document %s: %s", async (_, name, content) => {
    const lab = written();
    const file = lab.layout.document("s1", name);
    if (content === undefined) fs.rmSync(file);
    else fs.writeFileSync(file, content);
    expect(shown(await lab.files.load("s1"))).toEqual(shown(lab.session()));
  });

  it("folds its events where its documents are not to be trusted", async () => {
    const lab = written();
    fs.writeFileSync(lab.layout.document("s1", "initial"), '{"prompt":"another"}');
    expect(shown(await lab.files.load("s1", false))).toEqual(shown(lab.session()));
  });

  it("keeps the producers, which no event tells of", async () => {
    const lab = written();
    const producers = [{ id: "p1", recorded: 5, stored: 4, duplicates: 1, dropped: 1 }];
    lab.files.apply({ ...lab.session(), producers }, []);
    lab.files.flush();
    lab.restart();
    expect((await lab.files.load("s1"))?.producers).toEqual(producers);
    expect((await lab.files.load("s1", false))?.producers).toEqual(producers);
  });

  it("passes over a damaged line and what a crash has left half written", async () => {
    const lab = written();
    const file = lab.layout.log("s1", "actions");
    fs.writeFileSync(file, `garbage\n${fs.readFileSync(file, "utf8")}{"seq":`);
    expect(shown(await lab.files.load("s1", false))).toEqual(shown(lab.session()));
  });

  it("whose first event is lost gives what is left", async () => {
    const lab = written();
    const file = lab.layout.log("s1", "events");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").split("\n").slice(1).join("\n"));
    const session = await lab.files.load("s1", false);
    expect(session).toMatchObject({
      seq: 6,
      metrics: { actions: 1 },
      profile: { userId: "unknown", tags: ["t"] },
    });
  });

  it.each([
    ["cut short by a crash is not there", 9, undefined],
    ["that is whole is there", 3, 3],
  ])("a fork %s", async (_, seq, loaded) => {
    const lab = new FilesLab();
    lab.begin("f1", { forkedFrom: { sessionId: "s1", seq } });
    lab.files.flush();
    lab.restart();
    expect((await lab.files.load("f1"))?.seq).toBe(loaded);
  });
});

describe("reading a session back", () => {
  async function eventsOf(lab: FilesLab, after = 0, upTo = Infinity) {
    const found = [];
    for await (const events of lab.files.events("s1", after, upTo)) found.push(...events);
    return found;
  }

  it("gives its events as they were stored, written or not, in order of seq", async () => {
    const lab = new FilesLab();
    const first = lab.begin();
    lab.files.flush();
    const all = [...first, ...lab.record("s1", ["action", { type: "x" }], ["goal_added", { id: "g" }])];
    expect(await eventsOf(lab)).toEqual(all);
    expect(await eventsOf(lab, 1, 4)).toEqual(all.slice(1, 4));
    expect(foldAll(await eventsOf(lab))).toEqual(lab.session());
  });

  it("finds one event by its seq", async () => {
    const lab = new FilesLab();
    const [, action] = lab.begin();
    expect(await lab.files.event("s1", 2)).toEqual(action);
    expect(await lab.files.event("s1", 9)).toBeUndefined();
    expect(await lab.files.event("s9", 1)).toBeUndefined();
  });

  it("knows every id that was stored, however it is spelled", async () => {
    const lab = new FilesLab();
    const events = lab.begin();
    const ids = ['quo"te', "back\\slash", "é漢😀", "\ud800", "new\nline", " "];
    const odd = ids.map((id, index) => ({
      ...(events[1] as (typeof events)[0]),
      seq: 4 + index,
      offset: 4 + index,
      id,
    }));
    lab.files.apply(lab.session(), odd);
    lab.files.flush();
    lab.restart();
    const known = await lab.files.eventIds("s1");
    expect(known.size).toBe(9);
    expect(ids.map((id) => known.candidates(id))).toEqual(odd.map(({ seq }) => [seq]));
    expect(known.mayHold("never")).toBe(false);
  });
});
