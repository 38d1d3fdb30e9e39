import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import type { InboxFileLine } from "./inbox-lines.js";

/** The folder where lines go that cannot be ingested, each with the reason beside it. */
export class InboxRejects {
  constructor(private readonly folder: string) {}

  /**
   * Keeps the line as `<file>.<line number>.jsonl` and the reason as `<file>.<line number>.reason.json`,
   * durably. A line that was kept before is not kept again; another under the same name is not replaced.
   */
  async add(file: string, line: InboxFileLine, reason: string): Promise<string> {
    await fs.mkdir(this.folder, { recursive: true });
    const temporary = path.join(this.folder, `.${path.basename(file)}.new`);
    await fs.writeFile(temporary, line.bytes ?? rangeOf(file, line), { flush: true });
    const name = await this.#freeName(`${path.basename(file, ".jsonl")}.${line.number}`, temporary);
    await fs.writeFile(path.join(this.folder, `${name}.reason.json`), `${reason}\n`, { flush: true });
    await fs.rename(temporary, path.join(this.folder, `${name}.jsonl`));
    await syncFolder(this.folder);
    return name;
  }

  /** The name itself, or where it is taken by other content the first free one with a number behind it. */
  async #freeName(base: string, content: string): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const name = attempt === 1 ? base : `${base}.${attempt}`;
      if (await isFreeFor(path.join(this.folder, `${name}.jsonl`), content)) return name;
    }
  }
}

function rangeOf(file: string, { start, end }: InboxFileLine): Readable {
  return createReadStream(file, { start, end: end - 1 });
}

async function isFreeFor(file: string, content: string): Promise<boolean> {
  const [there, wanted] = await Promise.all([sizeOf(file), sizeOf(content)]);
  if (there === undefined) return true;
  return there === wanted && haveSameBytes(file, content);
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await fs.stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const COMPARED_BYTES = 65_536;

/** Of two files of one size. */
async function haveSameBytes(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([fs.open(a, "r"), fs.open(b, "r")]);
  try {
    for (let position = 0; ; position += COMPARED_BYTES) {
      const [left, right] = await Promise.all([readAt(first, position), readAt(second, position)]);
      if (!left.equals(right)) return false;
      if (left.length === 0) return true;
    }
  } finally {
    await first.close();
    await second.close();
  }
}

async function readAt(handle: fs.FileHandle, position: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(COMPARED_BYTES);
  const { bytesRead } = await handle.read(bytes, 0, COMPARED_BYTES, position);
  return bytes.subarray(0, bytesRead);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
