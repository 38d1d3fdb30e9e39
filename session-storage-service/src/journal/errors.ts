/** A segment holds damage before intact data. The service does not start on it; `--repair` does. */
export class JournalCorrupt extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
    /** Bytes from the start of the file. */
    readonly position: number,
  ) {
    super(`${file}: damaged at line ${String(line)}, byte ${String(position)}, with intact data after it`);
    this.name = "JournalCorrupt";
  }
}
