import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  FROM_START,
  readWords,
  type Reading,
  type ReadingLimits,
  type TextProgress,
} from "../../src/projection/text-lines.js";
import { Recording, type RecordedSession } from "../support/recorded-session.js";

let folder: string;
let session: RecordedSession;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "lines-"));
  session = new Recording(folder).session("s").action({ tool: "two" });
  session
    .add("response", { content: "three" })
    .action({ tool: "four" })
    .add("state_updated", { phase: "five" })
    .write();
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function read(from: TextProgress, limits: Partial<ReadingLimits> = {}): Reading {
  return readWords(session.folder, "s", from, {
    upTo: 5,
    maxEvents: 100,
    maxUnits: 10_000,
    overGaps: false,
    ...limits,
  });
}

const seqs = ({ words }: Reading): number[] => words.map(({ seq }) => seq);

/** The log as lines, to be written back changed. */
function rewrite(log: string, change: (lines: string[]) => string[]): void {
  const file = path.join(session.folder, `${log}.jsonl`);
  fs.writeFileSync(
    file,
    change(fs.readFileSync(file, "utf8").split("\n").slice(0, -1))
      .map((line) => `${line}\n`)
      .join(""),
  );
}

it("reads the logs as one, in order of seq", () => {
  const reading = read(FROM_START);
  expect(seqs(reading)).toEqual([1, 2, 3, 4, 5]);
  expect(reading.words.map(({ type }) => type)).toEqual([
    "session_created",
    "action",
    "response",
    "action",
    "state_updated",
  ]);
  expect(reading).toMatchObject({ end: "done", progress: { seq: 5 } });
});

it("goes on where it stopped, however small the pieces", () => {
  const seen: number[] = [];
  let progress = FROM_START;
  for (let end = "more"; end === "more";) {
    const reading = read(progress, { maxEvents: 1 });
    seen.push(...seqs(reading));
    ({ end, progress } = reading);
  }
  expect(seen).toEqual([1, 2, 3, 4, 5]);
});

it("stops at a number of characters and reads no further than wanted", () => {
  expect(read(FROM_START, { maxUnits: 1 })).toMatchObject({ end: "more", progress: { seq: 1 } });
  expect(read(FROM_START, { upTo: 3 })).toMatchObject({ end: "done", progress: { seq: 3 } });
});

it("waits for an event that is in no file yet, also while later ones are", () => {
  const { progress } = read(FROM_START);
  expect(read(progress, { upTo: 6 })).toMatchObject({ end: "missing", progress });
  rewrite("responses", () => []);
  expect(read(FROM_START)).toMatchObject({ end: "gap", progress: { seq: 2 } });
  const over = read(FROM_START, { overGaps: true });
  expect(seqs(over)).toEqual([1, 2, 4, 5]);
  expect(over.end).toBe("done");
});

it("waits for a line to be written to its end", () => {
  const { progress } = read(FROM_START);
  const file = path.join(session.folder, "actions.jsonl");
  fs.appendFileSync(file, '{"seq":6,"offset":6,"id":"e6",');
  expect(read(progress, { upTo: 6 }).end).toBe("missing");
  fs.appendFileSync(file, '"timestamp":"2026-01-01T00:00:06.000Z","type":"x"}\n');
  expect(seqs(read(progress, { upTo: 6 }))).toEqual([6]);
});

it("finds its place again in a log that was rewritten", () => {
  const { progress } = read(FROM_START, { upTo: 3 });
  rewrite("actions", ([, four]) => [four ?? ""]);
  rewrite("events", (lines) => ["a line of another kind", ...lines]);
  expect(seqs(read(progress))).toEqual([4, 5]);
});

it("reads lines longer than what it reads at once", () => {
  session
    .action({ output: "x".repeat(300_000) })
    .action({ tool: "seven" })
    .write();
  const { progress } = read(FROM_START);
  const seen: number[] = [];
  let at = progress;
  for (let end = "more"; end === "more";) {
    const reading = read(at, { upTo: 7 });
    seen.push(...seqs(reading));
    ({ end, progress: at } = reading);
  }
  expect(seen).toEqual([6, 7]);
});

it("has nothing to read where there is no folder", () => {
  fs.rmSync(session.folder, { recursive: true });
  expect(read(FROM_START)).toMatchObject({ words: [], end: "missing", progress: FROM_START });
});
