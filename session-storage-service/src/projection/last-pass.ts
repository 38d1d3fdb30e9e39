import fs from "node:fs";
import type { Log } from "./index-messages.js";

/** When all was looked through last for what has expired. Kept in a file, so that no downtime makes a pass fall out. */
export class LastPass {
  #ms: number;

  /** Where it is not known, it counts from now on. */
  constructor(
    private readonly file: string,
    nowMs: number,
    private readonly log: Log,
  ) {
    const known = this.#read();
    this.#ms = known ?? nowMs;
    if (known === undefined) this.note(nowMs);
  }

  get ms(): number {
    return this.#ms;
  }

  note(ms: number): void {
    this.#ms = ms;
    const temporary = `${this.file}.new`;
    try {
      fs.writeFileSync(temporary, `${JSON.stringify({ lastPass: new Date(ms).toISOString() })}\n`);
      fs.renameSync(temporary, this.file);
    } catch (error) {
      this.log("warn", { err: error }, "it cannot be kept when the last cleaning up was");
    }
  }

  #read(): number | undefined {
    try {
      const { lastPass } = JSON.parse(fs.readFileSync(this.file, "utf8")) as { lastPass?: unknown };
      const ms = Date.parse(String(lastPass));
      return Number.isNaN(ms) ? undefined : ms;
    } catch {
      return undefined;
    }
  }
}
