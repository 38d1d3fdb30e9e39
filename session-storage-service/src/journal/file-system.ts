import fs from "node:fs";
import path from "node:path";
import { SyncPace } from "./sync-pace.js";

/** A file that only grows, but for cutting back what was never acknowledged. */
export interface AppendFile {
  /** Appends all of it or throws; what was written before the error stays until `truncate`. */
  write(bytes: Uint8Array): void;
  /**
   * Calls back once everything written survives power loss. `alone`: nobody else is waiting and it is little,
   * so it may be done at once, and called back from within the call.
   */
  sync(done: (error: Error | null) => void, alone?: boolean): void;
  truncate(size: number): void;
  close(): void;
}

/** The disk as the journal sees it: the one seam where tests inject faults. */
export interface FileSystem {
  makeFolder(folder: string): void;
  list(folder: string): string[];
  read(file: string): Buffer;
  size(file: string): number;
  /** Opens for appending; the file's name is durable when this returns. */
  openAppend(file: string): AppendFile;
  /** Puts a file in place whole, durably. */
  replace(file: string, bytes: Uint8Array): void;
  remove(file: string): void;
  freeBytes(folder: string): number;
}

function syncFolder(folder: string): void {
  const descriptor = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function syncedNow(descriptor: number): Error | null {
  try {
    fs.fdatasyncSync(descriptor);
    return null;
  } catch (error) {
    return error as Error;
  }
}

/** The descriptor of a file whose name is durable. */
function openNamed(file: string): number {
  const descriptor = fs.openSync(file, "a");
  try {
    syncFolder(path.dirname(file));
    return descriptor;
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

function openAppend(file: string): AppendFile {
  const descriptor = openNamed(file);
  const pace = new SyncPace();
  return {
    write(bytes) {
      let written = 0;
      while (written < bytes.byteLength) written += fs.writeSync(descriptor, bytes, written);
    },
    sync(done, alone = false) {
      const startedMs = performance.now();
      const ended = (error: Error | null): void => {
        pace.took(performance.now() - startedMs);
        done(error);
      };
      if (alone && pace.isFast) ended(syncedNow(descriptor));
      else fs.fdatasync(descriptor, ended);
    },
    truncate(size) {
      fs.ftruncateSync(descriptor, size);
    },
    close() {
      fs.closeSync(descriptor);
    },
  };
}

function replace(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.new`;
  fs.writeFileSync(temporary, bytes, { flush: true });
  fs.renameSync(temporary, file);
  syncFolder(path.dirname(file));
}

export const realFileSystem: FileSystem = {
  makeFolder: (folder) => void fs.mkdirSync(folder, { recursive: true }),
  list: (folder) => fs.readdirSync(folder),
  read: (file) => fs.readFileSync(file),
  size: (file) => fs.statSync(file).size,
  openAppend,
  replace,
  remove: (file) => {
    fs.unlinkSync(file);
    syncFolder(path.dirname(file));
  },
  freeBytes: (folder) => {
    const { bavail, bsize } = fs.statfsSync(folder);
    return bavail * bsize;
  },
};
