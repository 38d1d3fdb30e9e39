import { Rounds } from "./rounds.js";

const PAUSE_MS = 100;
const RETRY_MS = 1_000;

/** Something that is to be done to files. What the disk does not take is tried again. */
export interface FileWork {
  readonly name: string;
  run(): void;
}

/** Work on files by its name, done in rounds. */
export class PendingWork {
  readonly #waiting = new Map<string, FileWork>();
  readonly #rounds: Rounds<FileWork>;

  constructor(private readonly onError: (name: string, error: Error) => void) {
    this.#rounds = new Rounds({
      minPauseMs: PAUSE_MS,
      retryMs: RETRY_MS,
      work: (work) => this.#run(work),
      onError: ({ name }, error) => {
        onError(name, error);
      },
    });
  }

  get isFailing(): boolean {
    return this.#rounds.isFailing && this.#waiting.size > 0;
  }

  has(name: string): boolean {
    return this.#waiting.has(name);
  }

  /** One that waits under the same name is done instead. */
  add(work: FileWork): void {
    const waiting = this.#waiting.get(work.name) ?? work;
    this.#waiting.set(work.name, waiting);
    this.#rounds.mark(waiting);
  }

  drop(name: string): void {
    const work = this.#waiting.get(name);
    if (work === undefined) return;
    this.#rounds.unmark(work);
    this.#waiting.delete(name);
  }

  /** Does at once what waits under such names, as far as the disk takes it. */
  runWhere(isMeant: (name: string) => boolean): void {
    for (const work of this.#waiting.values()) {
      if (!isMeant(work.name)) continue;
      try {
        this.#rounds.unmark(work);
        this.#run(work);
      } catch (error) {
        this.onError(work.name, error as Error);
        this.#rounds.mark(work);
      }
    }
  }

  /** Resolves once all that was waiting is done. @throws where the disk did not take it */
  async drain(): Promise<void> {
    const before = [...this.#waiting.values()];
    await this.#rounds.drain();
    const left = before.find((work) => this.#waiting.get(work.name) === work);
    if (left !== undefined) throw new Error(`${left.name} cannot be written`);
  }

  close(): void {
    this.#rounds.close();
  }

  #run(work: FileWork): void {
    work.run();
    if (this.#waiting.get(work.name) === work) this.#waiting.delete(work.name);
  }
}
