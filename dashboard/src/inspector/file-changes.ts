import type { LogEntry } from "session-protocol";

/** What became of one file, as far as tools tell. */
export interface FileChanges {
  readonly path: string;
  readonly writes: number;
  readonly edits: number;
  /** Of the last change; undefined where only the state names the file. */
  readonly lastSeq: number | undefined;
}

/** Files that calls have written or edited, and those that the state names besides, by path. */
export function fileChanges(actions: readonly LogEntry[], named: readonly string[]): readonly FileChanges[] {
  const files = new Map<string, FileChanges>();
  for (const action of actions) {
    const path = pathOf(action.input);
    if (path === undefined || hasFailed(action)) continue;
    const { writes, edits, lastSeq } = files.get(path) ?? untold(path);
    const isWrite = action.type === "file_write";
    files.set(path, {
      path,
      writes: writes + (isWrite ? 1 : 0),
      edits: edits + (isWrite ? 0 : 1),
      lastSeq: Math.max(lastSeq ?? 0, action.seq),
    });
  }
  for (const path of named) if (!files.has(path)) files.set(path, untold(path));
  return [...files.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

function untold(path: string): FileChanges {
  return { path, writes: 0, edits: 0, lastSeq: undefined };
}

function hasFailed({ status, error }: LogEntry): boolean {
  return error != null || status === "failed";
}

function pathOf(input: unknown): string | undefined {
  if (typeof input === "string") return input;
  if (typeof input !== "object" || input === null) return undefined;
  const { file_path, path, notebook_path } = input as Readonly<Record<string, unknown>>;
  return [file_path, path, notebook_path].find((each) => typeof each === "string");
}
