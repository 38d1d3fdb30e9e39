import path from "node:path";
import type { AppendFile, FileSystem } from "../../src/journal/file-system.js";

/** Files in memory, for properties that try thousands of them. */
export class MemoryDisk implements FileSystem {
  constructor(readonly files = new Map<string, Buffer>()) {}

  /** The same content, to be changed on its own. */
  copy(): MemoryDisk {
    return new MemoryDisk(new Map(this.files));
  }

  makeFolder(): void {
    return;
  }

  list(folder: string): string[] {
    return [...this.files.keys()]
      .filter((file) => path.dirname(file) === folder)
      .map((file) => path.basename(file));
  }

  read(file: string): Buffer {
    const bytes = this.files.get(file);
    if (bytes === undefined) throw new Error(`no file ${file}`);
    return bytes;
  }

  size(file: string): number {
    return this.read(file).length;
  }

  openAppend(file: string): AppendFile {
    if (!this.files.has(file)) this.files.set(file, Buffer.alloc(0));
    return {
      write: (bytes) => void this.files.set(file, Buffer.concat([this.read(file), bytes])),
      sync: (done) => setImmediate(done, null),
      truncate: (size) => void this.files.set(file, this.read(file).subarray(0, size)),
      close: () => undefined,
    };
  }

  replace(file: string, bytes: Uint8Array): void {
    this.files.set(file, Buffer.from(bytes));
  }

  remove(file: string): void {
    this.files.delete(file);
  }

  freeBytes(): number {
    return Number.MAX_SAFE_INTEGER;
  }
}
