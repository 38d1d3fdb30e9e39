import { realFileSystem, type AppendFile, type FileSystem } from "../../src/journal/file-system.js";

export type Operation = "openAppend" | "write" | "sync" | "truncate" | "close" | "replace" | "remove";

interface Fault {
  readonly operation: Operation;
  readonly error: NodeJS.ErrnoException;
  /** Bytes of a write that still reach the file. */
  readonly partialBytes: number;
  times: number;
}

/** The real disk, with faults where a test wants them, and a record of what was done to it. */
export class FaultyDisk implements FileSystem {
  readonly done: Operation[] = [];
  free = Number.MAX_SAFE_INTEGER;
  #faults: Fault[] = [];
  #held: (() => void)[] | undefined;

  readonly makeFolder = (folder: string) => realFileSystem.makeFolder(folder);
  readonly list = (folder: string) => realFileSystem.list(folder);
  readonly read = (file: string) => realFileSystem.read(file);
  readonly size = (file: string) => realFileSystem.size(file);
  readonly freeBytes = () => this.free;

  /** The next such operations fail. */
  fail(operation: Operation, code: string, { times = 1, partialBytes = 0 } = {}): void {
    const error = Object.assign(new Error(`${code}: ${operation}`), { code });
    this.#faults.push({ operation, error, partialBytes, times });
  }

  count(operation: Operation): number {
    return this.done.filter((one) => one === operation).length;
  }

  /** Syncs that begin from now on end only when the function this returns is called. */
  holdSyncs(): () => void {
    const held: (() => void)[] = [];
    this.#held = held;
    return () => {
      this.#held = undefined;
      for (const release of held) release();
    };
  }

  openAppend(file: string): AppendFile {
    this.#do("openAppend");
    const real = realFileSystem.openAppend(file);
    return {
      write: (bytes) => {
        this.#do("write", (partialBytes) => {
          real.write(bytes.subarray(0, partialBytes));
        });
        real.write(bytes);
      },
      sync: (done) => {
        const begin = () => {
          this.#sync(real, done);
        };
        if (this.#held === undefined) begin();
        else this.#held.push(begin);
      },
      truncate: (size) => {
        this.#do("truncate");
        real.truncate(size);
      },
      close: () => {
        this.#do("close");
        real.close();
      },
    };
  }

  replace(file: string, bytes: Uint8Array): void {
    this.#do("replace");
    realFileSystem.replace(file, bytes);
  }

  remove(file: string): void {
    this.#do("remove");
    realFileSystem.remove(file);
  }

  #sync(real: AppendFile, done: (error: Error | null) => void): void {
    const fault = this.#take("sync");
    if (fault === undefined) real.sync(done);
    else setImmediate(done, fault.error);
  }

  /** Throws where a fault is due, after `partly` has done its part. */
  #do(operation: Operation, partly: (partialBytes: number) => void = () => undefined): void {
    const fault = this.#take(operation);
    if (fault === undefined) return;
    partly(fault.partialBytes);
    throw fault.error;
  }

  #take(operation: Operation): Fault | undefined {
    this.done.push(operation);
    const fault = this.#faults.find((one) => one.operation === operation);
    if (fault === undefined) return undefined;
    fault.times -= 1;
    this.#faults = this.#faults.filter(({ times }) => times > 0);
    return fault;
  }
}
