import fs from "node:fs";
import path from "node:path";
import {
  transcriptName,
  type TranscriptAnswer,
  type TranscriptAppended,
  type TranscriptChange,
  type TranscriptKey,
} from "../domain/transcript-changes.js";
import type { Layout } from "./layout.js";
import { append } from "./session-writer.js";
import { answerLines, answersFile } from "./transcript-answers.js";
import { writeWhole } from "./transcript-files.js";
import { setFileTime } from "./transcript-stream.js";

interface ExpectedAnswers {
  readonly file: string;
  readonly answers: TranscriptAnswer[];
}

/** A transcript's lines as the journal has them. */
interface Expected {
  readonly key: TranscriptKey;
  readonly lines: Map<number, string>;
  storedAtMs: number;
}

/**
 * Brings the files of transcripts up to what the journal says: entries before its first one are complete and
 * final, from there on its own are the right ones.
 */
export class TranscriptReplay {
  readonly #expected = new Map<string, Expected>();
  readonly #answers = new Map<string, ExpectedAnswers>();
  readonly #summaries = new Map<string, string>();
  readonly #changed = new Set<string>();

  constructor(private readonly layout: Layout) {}

  add(change: TranscriptChange): void {
    if (change.kind === "deleted") this.#remove(change.transcript);
    else this.#expect(change.transcript, change);
  }

  /** Writes what is missing, or all of it. Returns the files and folders to be synced. @param hasLosses of the journal */
  restore(hasLosses: boolean, isOnDisk: boolean): string[] {
    for (const expected of this.#expected.values()) {
      const file = this.layout.transcript(expected.key);
      restoreFile(file, expected.lines, hasLosses, isOnDisk);
      setFileTime(file, expected.storedAtMs);
      this.#changed.add(file);
    }
    for (const { file, answers } of this.#answers.values()) {
      restoreAnswers(file, answers);
      this.#changed.add(file);
    }
    for (const [file, summary] of this.#summaries) {
      writeWhole(file, summary);
      this.#changed.add(file);
    }
    return [...this.#changed];
  }

  #expect(key: TranscriptKey, { index, entries, summary, timestamp, answer }: TranscriptAppended): void {
    const name = transcriptName(key);
    if (summary !== undefined) this.#summaries.set(this.layout.transcriptSummary(key), summary);
    if (answer !== undefined) {
      const kept = this.#answers.get(name) ?? { file: answersFile(this.layout.transcript(key)), answers: [] };
      kept.answers.push(answer);
      this.#answers.set(name, kept);
    }
    if (entries.length === 0) return;
    const expected = this.#expected.get(name) ?? { key, lines: new Map<number, string>(), storedAtMs: 0 };
    for (const [place, entry] of entries.entries()) expected.lines.set(index + place, entry);
    expected.storedAtMs = Date.parse(timestamp);
    this.#expected.set(name, expected);
  }

  #remove(key: TranscriptKey): void {
    const isMain = key.subpath === undefined;
    const gone = isMain ? this.layout.transcriptFolder(key) : this.layout.transcript(key);
    const prefix = transcriptName(key);
    for (const expected of [this.#expected, this.#answers]) {
      for (const name of expected.keys())
        if (isMain ? name.startsWith(prefix) : name === prefix) expected.delete(name);
    }
    if (!isMain) fs.rmSync(answersFile(gone), { force: true });
    if (isMain) this.#summaries.delete(this.layout.transcriptSummary(key));
    fs.rmSync(gone, { recursive: true, force: true });
    this.#changed.add(path.dirname(gone));
  }
}

/**
 * A line that neither the journal nor the file has, because damage was taken out of the journal, stays empty, so
 * that those after it keep their places.
 */
function restoreFile(
  file: string,
  lines: ReadonlyMap<number, string>,
  hasLosses: boolean,
  isOnDisk: boolean,
): void {
  const present = wholeLines(file);
  const [first, last] = [Math.min(...lines.keys()), Math.max(...lines.keys())];
  const expected: string[] = [];
  for (let index = Math.min(first, present.length); index <= last; index += 1) {
    const kept = hasLosses ? jsonOrNothing(present[index]) : "";
    expected.push(lines.get(index) ?? kept);
  }
  if (hasLosses) expected.push(...present.slice(last + 1).filter((line) => jsonOrNothing(line) !== ""));
  let same = Math.min(first, present.length);
  const offset = same;
  while (isOnDisk && same < present.length && present[same] === expected[same - offset]) same += 1;
  const keptBytes = present.slice(0, same).reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  const missing = expected.slice(same - offset).map((line) => `${line}\n`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  append(file, keptBytes, Buffer.from(missing.join("")));
}

/** Those that the file has stay. */
function restoreAnswers(file: string, answers: readonly TranscriptAnswer[]): void {
  const present = answerLines(file).filter((line) => jsonOrNothing(line) !== "");
  const lines = new Set([...present, ...answers.map((answer) => JSON.stringify(answer))]);
  writeWhole(file, [...lines].map((line) => `${line}\n`).join(""));
}

function wholeLines(file: string): string[] {
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  return text.split("\n").slice(0, -1);
}

function jsonOrNothing(line = ""): string {
  try {
    JSON.parse(line);
    return line;
  } catch {
    return "";
  }
}
