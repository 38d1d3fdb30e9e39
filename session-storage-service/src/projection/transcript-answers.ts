import fs from "node:fs";
import path from "node:path";
import type { TranscriptAnswer } from "../domain/transcript-changes.js";
import { append, wholeLineBytes } from "./session-writer.js";

/** In bytes, about: what an answer takes in memory beside its key. */
const ANSWER_BYTES = 128;

/** Where the answers to a transcript's appends are kept. No transcript has a file of such a name. */
export function answersFile(transcriptFile: string): string {
  return path.join(path.dirname(transcriptFile), `.${path.basename(transcriptFile, ".jsonl")}.keys`);
}

/** What was answered to the appends that came with an idempotency key, a line each. */
export class TranscriptAnswers {
  readonly #answers = new Map<string, TranscriptAnswer>();
  #pending: Buffer[] = [];
  #bytes = 0;
  /** Bytes of the file that are whole lines. */
  #size: number;

  constructor(readonly file: string) {
    this.#size = wholeLineBytes(file);
    for (const line of answerLines(file)) {
      const answer = answerOf(line);
      if (answer !== undefined) this.#note(answer);
    }
  }

  get isSettled(): boolean {
    return this.#pending.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): TranscriptAnswer | undefined {
    return this.#answers.get(key);
  }

  add(answer: TranscriptAnswer): void {
    this.#note(answer);
    this.#pending.push(Buffer.from(`${JSON.stringify(answer)}\n`));
  }

  /** Appends what is pending, all or nothing. @throws the disk's error */
  flush(): void {
    this.#size = append(this.file, this.#size, Buffer.concat(this.#pending));
    this.#pending = [];
  }

  #note(answer: TranscriptAnswer): void {
    this.#answers.set(answer.key, answer);
    this.#bytes += answer.key.length + ANSWER_BYTES;
  }
}

/** A line that damage has left no answer of must not keep its transcript from being read. */
function answerOf(line: string): TranscriptAnswer | undefined {
  try {
    return JSON.parse(line) as TranscriptAnswer;
  } catch {
    return undefined;
  }
}

/** The whole lines of a file of answers; none where there is no file. */
export function answerLines(file: string): string[] {
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  return text.split("\n").slice(0, -1);
}
