import fs from "node:fs";
import path from "node:path";
import { SyncPace } from "./sync-pace.js";

/** A file that only grows, but for cutting back what was never acknowledged. Zeros may stand behind its end. */
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
  const descriptor = fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_CREAT);
  try {
    syncFolder(path.dirname(file));
    return descriptor;
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

function writeAt(descriptor: number, bytes: Uint8Array, position: number): void {
  const length = bytes.byteLength;
  let written = 0;
  while (written < length)
    written += fs.writeSync(descriptor, bytes, written, length - written, position + written);
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}

/** Room that is made at once, and when less than how much of it is left. */
const ROOM = Buffer.alloc(262_144);
const LEAST_ROOM_BYTES = 16_384;
/** Where less is free, space is left to those who have something to write. */
const ROOM_FROM_FREE_BYTES = 64 * ROOM.length;

/**
 * A file with room: zeros behind its end, written durably ahead of a lone writer. What takes their place changes
 * neither the file's size nor where it lies, so that a sync need not write that, too.
 */
class RoomyFile implements AppendFile {
  readonly #descriptor: number;
  readonly #pace = new SyncPace();
  #end: number;
  #roomEnd: number;
  #isClosed = false;
  /** Of room that could not be synced or given up: told with the next sync. */
  #failure: Error | null = null;

  constructor(private readonly file: string) {
    this.#descriptor = openNamed(file);
    this.#end = fs.fstatSync(this.#descriptor).size;
    this.#roomEnd = this.#end;
  }

  write(bytes: Uint8Array): void {
    writeAt(this.#descriptor, bytes, this.#end);
    this.#end += bytes.byteLength;
  }

  sync(done: (error: Error | null) => void, alone = false): void {
    const startedMs = performance.now();
    const ended = (error: Error | null): void => {
      this.#pace.took(performance.now() - startedMs);
      done(error ?? this.#failure);
    };
    if (!alone || !this.#pace.isFast) {
      fs.fdatasync(this.#descriptor, ended);
      return;
    }
    const error = syncedNow(this.#descriptor);
    ended(error);
    if (error === null && this.#roomEnd - this.#end < LEAST_ROOM_BYTES) this.#makeRoom();
  }

  truncate(size: number): void {
    fs.ftruncateSync(this.#descriptor, size);
    this.#end = size;
    this.#roomEnd = size;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#roomEnd > this.#end) this.#giveRoomUp();
    fs.closeSync(this.#descriptor);
  }

  /** After its sync the writer has been answered: it does not wait for this. */
  #makeRoom(): void {
    // Its number may be another file's by now.
    if (this.#isClosed || this.#failure !== null) return;
    if (freeBytes(path.dirname(this.file)) < ROOM_FROM_FREE_BYTES) return;
    const start = Math.max(this.#end, this.#roomEnd);
    try {
      writeAt(this.#descriptor, ROOM, start);
      this.#roomEnd = start + ROOM.length;
      this.#failure = syncedNow(this.#descriptor);
    } catch {
      this.#giveRoomUp();
    }
  }

  #giveRoomUp(): void {
    try {
      this.truncate(this.#end);
    } catch (error) {
      this.#failure = error as Error;
    }
  }
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
  openAppend: (file) => new RoomyFile(file),
  replace,
  remove: (file) => {
    fs.unlinkSync(file);
    syncFolder(path.dirname(file));
  },
  freeBytes,
};
