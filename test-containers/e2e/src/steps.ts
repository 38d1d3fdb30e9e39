import { within } from "./until.js";

/** What takes so long hangs: no step comes near it, on a slow machine either. */
const LIMIT_MS = 300_000;

/** Numbered steps, one after the other; the first that fails is the last. */
export class Steps {
  readonly #all: number;
  #number = 0;
  readonly #times: { readonly name: string; readonly ms: number }[] = [];

  constructor(all: number) {
    this.#all = all;
  }

  /** Answers what `work` answers. A text is told beside the step. */
  async step<T>(name: string, work: () => Promise<T>, limitMs = LIMIT_MS): Promise<T> {
    this.#number += 1;
    process.stdout.write(`${String(this.#number).padStart(2)}/${this.#all}  ${name.padEnd(44)}`);
    const startedMs = performance.now();
    try {
      const answer = await within(limitMs, work());
      const ms = performance.now() - startedMs;
      this.#times.push({ name, ms });
      const told = typeof answer === "string" ? `  ${answer}` : "";
      process.stdout.write(`${seconds(ms).padStart(7)} s${told}  ok\n`);
      return answer;
    } catch (error) {
      process.stdout.write("FAILED\n");
      throw error;
    }
  }

  get passed(): number {
    return this.#times.length;
  }

  get totalMs(): number {
    return this.#times.reduce((sum, { ms }) => sum + ms, 0);
  }
}

export const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
