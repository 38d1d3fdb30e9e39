import fs from "node:fs";
import type { CleanupResult } from "session-protocol";
import type { Log } from "./index-messages.js";

/** Answers to so many passes that were asked for under an idempotency key are kept. */
const MAX_ANSWERS = 100;

interface Kept {
  readonly lastPass?: unknown;
  readonly answers?: Readonly<Record<string, CleanupResult>>;
}

/**
 * When all was looked through last for what has expired, and what passes came to that somebody may ask for again.
 * Kept in a file, so that no downtime makes a pass fall out.
 */
export class LastPass {
  #ms: number;
  readonly #answers: Map<string, CleanupResult>;

  /** Where it is not known, it counts from now on. */
  constructor(
    private readonly file: string,
    nowMs: number,
    private readonly log: Log,
  ) {
    const { lastPass, answers = {} } = this.#read();
    this.#answers = new Map(Object.entries(answers));
    const known = Date.parse(String(lastPass));
    this.#ms = Number.isNaN(known) ? nowMs : known;
    if (Number.isNaN(known)) this.note(nowMs);
  }

  get ms(): number {
    return this.#ms;
  }

  note(ms: number): void {
    this.#ms = ms;
    this.#write();
  }

  /** What the pass came to that was asked for under this idempotency key. */
  answerTo(key: string): CleanupResult | undefined {
    return this.#answers.get(key);
  }

  keepAnswer(key: string, result: CleanupResult): void {
    this.#answers.set(key, result);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= MAX_ANSWERS) break;
      this.#answers.delete(oldest);
    }
    this.#write();
  }

  #write(): void {
    const kept: Kept = {
      lastPass: new Date(this.#ms).toISOString(),
      ...(this.#answers.size === 0 ? {} : { answers: Object.fromEntries(this.#answers) }),
    };
    const temporary = `${this.file}.new`;
    try {
      fs.writeFileSync(temporary, `${JSON.stringify(kept)}\n`);
      fs.renameSync(temporary, this.file);
    } catch (error) {
      this.log("warn", { err: error }, "it cannot be kept when the last cleaning up was");
    }
  }

  #read(): Kept {
    try {
      const { lastPass, answers } = JSON.parse(fs.readFileSync(this.file, "utf8")) as Kept;
      return { lastPass, answers: { ...answers } };
    } catch {
      return {};
    }
  }
}
