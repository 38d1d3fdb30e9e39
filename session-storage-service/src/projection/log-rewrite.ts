import fs from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { wholeLineBytes } from "./session-writer.js";

const CHUNK_BYTES = 256 * 1_024;

/** The text of a line, without its newline, as it is to be; bytes as latin1 characters. */
export type Rewriting = (line: string) => string;

/** Lets others have their turn between two chunks, the last of which took so long. */
export type Breathe = (workedMs: number) => Promise<void>;

interface RewriteOptions {
  readonly rewriting: Rewriting;
  readonly temporary: string | undefined;
  readonly breathe: Breathe;
}

interface Target {
  readonly file: string;
  readonly handle: FileHandle;
}

/** A log written anew beside the one there is. */
export class LogRewrite {
  private constructor(
    private readonly file: string,
    /** Kept open, so that no other file is taken for it. */
    private readonly source: FileHandle,
    private copied: number,
    /** Where it is written anew; undefined where only the figures were wanted. */
    private readonly target: Target | undefined,
    /** Whether any line is another now. */
    private readonly differs: boolean,
    /** Bytes that the log gets shorter by. */
    readonly freed: number,
  ) {}

  /** Whether the log is still the one that was read. */
  get isCurrent(): boolean {
    return fs.statSync(this.file, { throwIfNoEntry: false })?.ino === fs.fstatSync(this.source.fd).ino;
  }

  /**
   * Passes the first `size` bytes of a log, whole lines, through `rewriting`, a chunk at a time. They go to
   * `temporary`, durably, unless that is undefined.
   */
  static async make(
    file: string,
    size: number,
    { rewriting, temporary, breathe }: RewriteOptions,
  ): Promise<LogRewrite> {
    const source = await open(file, "r");
    const target =
      temporary === undefined ? undefined : { file: temporary, handle: await open(temporary, "w") };
    let written = 0;
    let differs = false;
    try {
      for await (const lines of linesOf(source, size)) {
        const startedMs = performance.now();
        const rewritten = lines.map(rewriting);
        differs ||= rewritten.some((line, index) => line !== lines[index]);
        const bytes = Buffer.from(`${rewritten.join("\n")}\n`, "latin1");
        const workedMs = performance.now() - startedMs;
        if (target !== undefined) await writeAll(target.handle, bytes);
        written += bytes.length;
        await breathe(workedMs);
      }
      await target?.handle.sync();
      return new LogRewrite(file, source, size, target, differs, size - written);
    } catch (error) {
      await closeAll(source, target);
      throw error;
    }
  }

  /** What was appended to the log meanwhile, durably as well: the journal may have let go of it. */
  async catchUp(): Promise<void> {
    const { target } = this;
    // Looked at in one turn with whoever appends: what is whole now is never cut back.
    const size = wholeLineBytes(this.file);
    if (target === undefined || !this.differs || size <= this.copied) return;
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - this.copied));
    while (this.copied < size) {
      const length = Math.min(buffer.length, size - this.copied);
      const { bytesRead } = await this.source.read(buffer, 0, length, this.copied);
      if (bytesRead === 0) throw new Error("the log became shorter while it was rewritten");
      await writeAll(target.handle, buffer.subarray(0, bytesRead));
      this.copied += bytesRead;
    }
    await target.handle.sync();
  }

  /** Adds what has been appended since. To be put in place in the same turn. */
  complete(): void {
    const { target, source } = this;
    if (target === undefined || !this.differs) return;
    const rest = Buffer.allocUnsafe(Math.max(0, fs.fstatSync(source.fd).size - this.copied));
    const length = fs.readSync(source.fd, rest, 0, rest.length, this.copied);
    fs.appendFileSync(target.handle.fd, rest.subarray(0, length));
  }

  /** In one step. Nothing happens where no line is another now. */
  putInPlace(): void {
    if (this.target !== undefined && this.differs) fs.renameSync(this.target.file, this.file);
  }

  /** To be called in any case, also after it was put in place. */
  async close(): Promise<void> {
    await closeAll(this.source, this.target);
  }
}

async function closeAll(source: FileHandle, target: Target | undefined): Promise<void> {
  await source.close();
  await target?.handle.close();
  if (target !== undefined) await rm(target.file, { force: true });
}

async function* linesOf(source: FileHandle, size: number): AsyncGenerator<string[]> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let carry: string[] = [];
  for (let position = 0; position < size;) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(CHUNK_BYTES, size - position), position);
    if (bytesRead === 0) throw new Error("the log became shorter while it was rewritten");
    position += bytesRead;
    const lines = buffer.toString("latin1", 0, bytesRead).split("\n");
    const rest = lines.pop() ?? "";
    if (lines.length > 0) {
      lines[0] = carry.join("") + (lines[0] as string);
      carry = [];
      yield lines;
    }
    carry.push(rest);
  }
}

/** A disk that is nearly full takes a part of a write without an error. */
async function writeAll(target: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await target.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}
