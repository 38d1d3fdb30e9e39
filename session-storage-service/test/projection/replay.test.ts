import fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoredEvent } from "../../src/domain/events.js";
import type { JournalRecord } from "../../src/journal/line.js";
import { LOG_KINDS } from "../../src/projection/log-line.js";
import { replay, withJournalTotals } from "../../src/projection/replay.js";
import { batchOf } from "../support/events.js";
import { FilesLab } from "../support/files-lab.js";

/** The journal's record of events that were stored together. */
function journaled(
  events: readonly StoredEvent[],
  fields: Parameters<typeof batchOf>[1] = {},
): JournalRecord {
  const firstOffset = events[0]?.offset ?? 1;
  return { kind: "batch", firstOffset, group: firstOffset, batch: batchOf(events, fields) };
}

const LOSS: JournalRecord = { kind: "loss", firstOffset: 1, nextOffset: 2, file: "damaged/x" };

interface Lab {
  readonly lab: FilesLab;
  /** Events that are synced in the files and retired from the journal. */
  readonly retired: readonly StoredEvent[];
  /** Events that the journal still has. */
  readonly journal: readonly StoredEvent[];
}

/** A session of 110 events of which the journal still has the last five; all are in the files. */
function written(): Lab {
  const lab = new FilesLab();
  const older = Array.from({ length: 100 }, (_, index) => ["action", { type: "a", index }] as const);
  const retired = [...lab.begin(), ...lab.record("s1", ...older, ["state_updated", { phase: "p" }])];
  const journal = lab.record(
    "s1",
    ["action", { type: "b", text: "é漢😀" }],
    ["response", { type: "text" }],
    ["goal_added", { id: "g1" }],
    ["action", { type: "c" }],
    ["response", { type: "text" }],
  );
  lab.files.flush();
  lab.restart();
  return { lab, retired, journal };
}

const logs = (lab: FilesLab, sessionId = "s1") => LOG_KINDS.map((kind) => lab.log(kind, sessionId));
const run = (lab: FilesLab, ...records: JournalRecord[]) => replay(records, lab.layout, lab.deletions);

describe("replaying the journal", () => {
  it("leaves files alone that hold what it says", async () => {
    const { lab, journal } = written();
    const stats = () => LOG_KINDS.map((kind) => fs.statSync(lab.layout.log("s1", kind), { bigint: true }));
    const before = stats();
    const { restored, touched } = await run(lab, journaled(journal));
    expect([restored, [...touched.keys()]]).toEqual([0, ["s1"]]);
    expect(stats().map(({ ino, mtimeNs, ctimeNs, size }) => [ino, mtimeNs, ctimeNs, size])).toEqual(
      before.map(({ ino, mtimeNs, ctimeNs, size }) => [ino, mtimeNs, ctimeNs, size]),
    );
  });

  it.each<[string, (text: string) => string]>([
    ["lacks its last lines", (text) => text.split("\n").slice(0, -2).join("\n") + "\n"],
    ["ends in the middle of a line", (text) => text.slice(0, -20)],
    ["ends in garbage", (text) => `${text}garbage`],
    [
      "ends in lines nobody acknowledged",
      (text) => `${text}{"seq":99,"offset":99,"id":"x","timestamp":"t"}\n`,
    ],
    ["has zeros where lines were not synced", (text) => text.slice(0, -60) + "\0".repeat(60)],
  ])("mends a log that %s", async (_, damage) => {
    for (const kind of LOG_KINDS) {
      const { lab, journal } = written();
      const whole = lab.log(kind);
      fs.writeFileSync(lab.layout.log("s1", kind), damage(whole));
      await run(lab, journaled(journal));
      expect(lab.log(kind)).toBe(whole);
    }
  });

  it("writes a session whose folder is missing", async () => {
    const lab = new FilesLab();
    const events = lab.begin();
    lab.files.flush();
    const whole = logs(lab);
    fs.rmSync(lab.layout.session("s1"), { recursive: true });
    const { restored } = await run(lab, journaled(events));
    expect([restored, logs(lab)]).toEqual([3, whole]);
  });

  it("makes no file for a log without lines", async () => {
    const lab = new FilesLab();
    const events = lab.record("s1", ["session_created", { userId: "u1", initial: {} }]);
    lab.restart();
    await run(lab, journaled(events));
    expect(fs.readdirSync(lab.layout.session("s1"))).toEqual(["events.jsonl"]);
  });

  it("keeps what is older than the journal although a line of it is damaged", async () => {
    const { lab, journal } = written();
    const file = lab.layout.log("s1", "actions");
    fs.writeFileSync(file, `damaged\n${lab.log("actions")}`);
    const before = lab.log("actions");
    await run(lab, journaled(journal));
    expect(lab.log("actions")).toBe(before);
  });

  it("writes anew a line whose number is damaged behind its first digit", async () => {
    const { lab, journal } = written();
    const whole = lab.log("actions");
    fs.writeFileSync(lab.layout.log("s1", "actions"), whole.replace('{"seq":105,', '{"seq":1\0\0,'));
    await run(lab, journaled(journal));
    expect(lab.log("actions")).toBe(whole);
  });

  it("keeps what is older than the journal although the last line of it is damaged", async () => {
    const { lab, journal, retired } = written();
    const last = retired.filter(({ type }) => type === "action").at(-1)?.seq ?? 0;
    const file = lab.layout.log("s1", "actions");
    fs.writeFileSync(
      file,
      lab.log("actions").replace(`"seq":${String(last)},"offset"`, `"seq":${String(last)},"offsex"`),
    );
    const before = lab.log("actions");
    await run(lab, journaled(journal));
    expect(lab.log("actions")).toBe(before);
  });

  it("brings any torn or unsynced end of a log back to what was acknowledged", async () => {
    const { lab, journal } = written();
    const whole = logs(lab);
    const retiredBytes = (kind: (typeof LOG_KINDS)[number]) => {
      const first = journal[0]?.seq ?? 0;
      const lines = lab.log(kind).split(/(?<=\n)/);
      return Buffer.byteLength(
        lines.filter((line) => (JSON.parse(line) as { seq: number }).seq < first).join(""),
      );
    };
    const safe = LOG_KINDS.map(retiredBytes);
    const damage = fc.record({
      cut: fc.nat(800),
      holes: fc.array(fc.tuple(fc.nat(800), fc.nat(50))),
      tail: fc.string({ maxLength: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.tuple(damage, damage, damage), async (damages) => {
        for (const [index, kind] of LOG_KINDS.entries()) {
          const from = safe[index] ?? 0;
          const bytes = Buffer.from(whole[index] ?? "");
          const { cut, holes, tail } = damages[index] as (typeof damages)[0];
          for (const [at, length] of holes)
            bytes.fill(0, Math.min(from + at, bytes.length), Math.min(from + at + length, bytes.length));
          const kept = bytes.subarray(0, Math.max(from, bytes.length - cut));
          fs.writeFileSync(lab.layout.log("s1", kind), Buffer.concat([kept, Buffer.from(tail)]));
        }
        await run(lab, journaled(journal));
        expect(logs(lab)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a session that was deleted", () => {
  it("loses its folder, and readers by offset learn of it", async () => {
    const { lab, journal } = written();
    const deletion = lab.record("s1", "session_deleted");
    lab.restart();
    const { removed, touched } = await run(lab, journaled(journal), journaled(deletion));
    expect([removed, touched.size, fs.existsSync(lab.layout.session("s1"))]).toEqual([["s1"], 0, false]);
    expect(lab.deletions.between(0, 1_000)).toHaveLength(1);
  });

  it("and made again has only what is new", async () => {
    const { lab, journal } = written();
    const deletion = lab.record("s1", "session_deleted");
    const again = lab.begin();
    const { removed, touched } = await run(lab, journaled(journal), journaled(deletion), journaled(again));
    expect([removed, [...touched.keys()]]).toEqual([[], ["s1"]]);
    expect([lab.seqs("events"), lab.seqs("actions"), lab.seqs("responses")]).toEqual([[1], [2], [3]]);
  });

  it("is deleted once, however often the journal is replayed", async () => {
    const { lab } = written();
    const deletion = journaled(lab.record("s1", "session_deleted"));
    await run(lab, deletion);
    await run(lab, deletion);
    await lab.files.sync();
    lab.restart();
    expect(lab.deletions.between(0, 1_000)).toHaveLength(1);
  });
});

it("begins a fork anew that was cut short and made again", async () => {
  const lab = new FilesLab();
  const cut = lab.begin("f1", { forkedFrom: { sessionId: "s1", seq: 9 } });
  lab.files.flush();
  const again = lab.begin("f1");
  lab.restart();
  await run(lab, journaled(cut), journaled(again));
  expect((await lab.files.load("f1", false))?.profile.forkedFrom).toBeNull();
  expect([lab.seqs("events", "f1"), lab.seqs("actions", "f1")]).toEqual([[1], [2]]);
});

describe("what the journal says of a session", () => {
  it("is where its events are, and whether it began or ended", async () => {
    const lab = new FilesLab();
    const first = lab.begin("s1");
    const second = lab.record("s2", ["session_created", { userId: "u", initial: {} }]);
    const more = lab.record("s1", ["action", { type: "x" }]);
    const whole = await run(lab, journaled(first), journaled(second), journaled(more));
    expect(whole.touched.get("s1")).toEqual({
      firstSeq: 1,
      firstOffset: 1,
      lastOffset: 5,
      producers: [],
      changedLife: true,
    });
    const rest = await run(lab, journaled(more));
    expect(rest.touched.get("s1")).toEqual({
      firstSeq: 4,
      firstOffset: 0,
      lastOffset: 5,
      producers: [],
      changedLife: false,
    });
  });

  it("includes the newest totals of its producers", async () => {
    const lab = new FilesLab();
    const totals = (id: string, recorded: number) => ({ id, recorded, stored: 1, duplicates: 0, dropped: 0 });
    const batches = [totals("p1", 1), totals("p2", 1), totals("p1", 5)].map((producer) =>
      journaled(lab.record("s1", ["session_created", { userId: "u", initial: {} }]), { producer }),
    );
    const { touched } = await run(lab, ...batches.slice(2), ...batches.slice(2));
    expect(touched.get("s1")?.producers).toEqual([totals("p1", 5)]);
    const session = { ...lab.session(), producers: [totals("p0", 7), totals("p1", 2)] };
    expect(withJournalTotals(session, [totals("p1", 5)]).producers).toEqual([
      totals("p0", 7),
      totals("p1", 5),
    ]);
  });
});

describe("after a repair that lost events", () => {
  it("files keep what they have of them", async () => {
    const { lab, journal } = written();
    const whole = logs(lab);
    await run(lab, journaled(journal.slice(0, 1)), LOSS, journaled(journal.slice(3)));
    expect(logs(lab)).toEqual(whole);
  });

  it("files keep what follows the journal's last line", async () => {
    const { lab, journal } = written();
    const whole = logs(lab);
    await run(lab, journaled(journal.slice(0, 2)), LOSS);
    expect(logs(lab)).toEqual(whole);
  });

  it("files get the lines they lack, among those they have", async () => {
    const { lab, journal } = written();
    const whole = lab.log("actions");
    const lines = whole.split(/(?<=\n)/);
    fs.writeFileSync(lab.layout.log("s1", "actions"), [...lines.slice(0, -2), lines.at(-1)].join(""));
    await run(lab, journaled(journal.slice(0, 1)), LOSS);
    expect(lab.log("actions")).toBe(whole);
  });

  it("files lose what is no whole line", async () => {
    const { lab, journal } = written();
    const whole = lab.log("actions");
    fs.appendFileSync(lab.layout.log("s1", "actions"), '{"seq":10,"offset":10,"id":"x"');
    await run(lab, journaled(journal.slice(0, 1)), LOSS, journaled(journal.slice(3)));
    expect(lab.log("actions")).toBe(whole);
  });
});
