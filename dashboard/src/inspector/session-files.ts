import type { LogEntry } from "session-protocol";
import { FileTally } from "./file-changes.js";

export interface ActionSource {
  /** Actions of a type after a seq, in order, some at a time. */
  actions(
    sessionId: string,
    type: string,
    after: number,
    signal: AbortSignal,
  ): AsyncIterable<readonly LogEntry[]>;
}

const KINDS = ["file_write", "file_edit"];

/** What became of the files of a session: all changes are read, none of their content is kept. */
export class SessionFiles {
  readonly tally = new FileTally();
  readonly #readTo = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  #isReading = false;
  #isStale = false;
  #error: Error | undefined;
  #version = 0;

  constructor(
    private readonly source: ActionSource,
    private readonly sessionId: string,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): number => this.#version;

  get isReading(): boolean {
    return this.#isReading;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  /** Reads what came since; one reading at a time, and another after it if it was asked for meanwhile. */
  async read(): Promise<void> {
    this.#isStale = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        for (const kind of KINDS) await this.#readKind(kind);
      }
      this.#error = undefined;
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#error = error as Error;
    }
    this.#isReading = false;
    this.#tell();
  }

  close(): void {
    this.#abort.abort();
  }

  async #readKind(kind: string): Promise<void> {
    const after = this.#readTo.get(kind) ?? 0;
    for await (const some of this.source.actions(this.sessionId, kind, after, this.#abort.signal)) {
      for (const action of some) {
        this.tally.add(action);
        this.#readTo.set(kind, action.seq);
      }
      this.#tell();
    }
  }

  #tell(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
