import fs from "node:fs";

/**
 * Remembers that a sync of session files has failed. The kernel may then call pages clean that it dropped: what is
 * read from the files may not be on disk, nor get there. A restart of the machine ends that, and a restart of this
 * process does not, so a file tells the next one; it is never synced, since it is needed for as long only as the
 * pages are in memory that it is about.
 */
export class SyncFailure {
  constructor(private readonly file: string) {}

  get isNoted(): boolean {
    return fs.existsSync(this.file);
  }

  /** @throws what the disk says */
  note(): void {
    fs.writeFileSync(this.file, "");
  }

  /** Everything was written anew and synced since. */
  forget(): void {
    fs.rmSync(this.file, { force: true });
  }
}
