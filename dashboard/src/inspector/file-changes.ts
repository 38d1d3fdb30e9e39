import type { LogEntry } from "session-protocol";
import { saysFailure } from "session-protocol/reading";

/** What became of one file, as far as tools tell. */
export interface FileChanges {
  readonly path: string;
  readonly writes: number;
  readonly edits: number;
  /** Of the last change; undefined where only the state names the file. */
  readonly lastSeq: number | undefined;
}

/** More files than a reader looks through. */
const MAX_FILES = 5_000;

/** The files that calls have written or edited, however many calls: what is held grows with the files. */
export class FileTally {
  readonly #files = new Map<string, FileChanges>();
  #left = 0;

  /** Changes of files that are not among those kept. */
  get left(): number {
    return this.#left;
  }

  add(action: LogEntry): void {
    const path = pathOf(action.input);
    if (path === undefined || saysFailure({ type: "action", data: action })) return;
    const known = this.#files.get(path);
    if (known === undefined && this.#files.size >= MAX_FILES) {
      this.#left += 1;
      return;
    }
    const { writes, edits, lastSeq } = known ?? untold(path);
    const isWrite = action.type === "file_write";
    this.#files.set(path, {
      path,
      writes: writes + (isWrite ? 1 : 0),
      edits: edits + (isWrite ? 0 : 1),
      lastSeq: Math.max(lastSeq ?? 0, action.seq),
    });
  }

  /** By path, with those that the state names besides. */
  files(named: readonly string[]): readonly FileChanges[] {
    const others = named.filter((path) => !this.#files.has(path));
    const files = [...this.#files.values(), ...[...new Set(others)].map(untold)];
    return files.sort((one, other) => (one.path < other.path ? -1 : 1));
  }
}

function untold(path: string): FileChanges {
  return { path, writes: 0, edits: 0, lastSeq: undefined };
}

function pathOf(input: unknown): string | undefined {
  if (typeof input === "string") return input;
  if (typeof input !== "object" || input === null) return undefined;
  const { file_path, path, notebook_path } = input as Readonly<Record<string, unknown>>;
  return [file_path, path, notebook_path].find((each) => typeof each === "string");
}
