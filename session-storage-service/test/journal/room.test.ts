import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { realFileSystem, type AppendFile } from "../../src/journal/file-system.js";
import { SyncPace } from "../../src/journal/sync-pace.js";
import { tempFolder } from "../support/temp-folder.js";

const LINE = "a line\n";

interface Writer {
  readonly file: AppendFile;
  readonly name: string;
  /** Appends a line and resolves with what the sync told. */
  readonly add: (alone: boolean) => Promise<Error | null>;
  /** The file's text without the zeros behind it, and how many they are. */
  readonly content: () => { text: string; zeros: number };
}

function openWriter(): Writer {
  const name = path.join(tempFolder(), "1.log");
  const file = realFileSystem.openAppend(name);
  const add = (alone: boolean): Promise<Error | null> => {
    file.write(Buffer.from(LINE));
    return new Promise((resolve) => {
      file.sync(resolve, alone);
    });
  };
  const content = () => {
    const bytes = realFileSystem.read(name).toString("latin1");
    const text = bytes.replace(/\0+$/, "");
    return { text, zeros: bytes.length - text.length };
  };
  return { file, name, add, content };
}

function restoredAfterwards(): void {
  onTestFinished(() => void vi.restoreAllMocks());
}

/** A disk that is quick, whatever the one below is. */
beforeEach(() => {
  vi.spyOn(SyncPace.prototype, "isFast", "get").mockReturnValue(true);
  return () => void vi.restoreAllMocks();
});

describe("room for a lone writer", () => {
  it("is made once it has been answered, written over, and made again before it is used up", async () => {
    const { file, add, content } = openWriter();
    await add(false);
    expect(content()).toEqual({ text: LINE, zeros: 0 });
    await add(true);
    const { zeros } = content();
    expect(zeros).toBeGreaterThan(0);
    await add(true);
    expect(content()).toEqual({ text: LINE.repeat(3), zeros: zeros - LINE.length });
    file.write(Buffer.from(`${"x".repeat(zeros - LINE.length - 2)}\n`));
    await add(true);
    expect(content().zeros).toBeGreaterThan(zeros / 2);
    file.close();
  });

  it("is used by many as well, who go beyond it", async () => {
    const { file, add, content } = openWriter();
    await add(true);
    const { zeros } = content();
    const long = `${"x".repeat(zeros)}\n`;
    file.write(Buffer.from(long));
    await add(false);
    expect(content()).toEqual({ text: LINE + long + LINE, zeros: 0 });
    file.close();
  });

  it("is gone once the file is closed or cut back", async () => {
    const { file, add, name, content } = openWriter();
    await add(true);
    await add(true);
    file.truncate(LINE.length);
    expect(content()).toEqual({ text: LINE, zeros: 0 });
    await add(true);
    file.close();
    expect(fs.readFileSync(name, "utf8")).toBe(LINE.repeat(2));
  });

  it("is not made on a disk with little space", async () => {
    const { file, add, content } = openWriter();
    vi.spyOn(fs, "statfsSync").mockReturnValue(
      Object.assign(fs.statfsSync("/"), { bavail: 1_000, bsize: 4_096 }),
    );
    restoredAfterwards();
    expect(await add(true)).toBeNull();
    expect(content()).toEqual({ text: LINE, zeros: 0 });
    file.close();
  });

  it("is given up where the disk does not take it, which no writer notices", async () => {
    const { file, add, content } = openWriter();
    await add(true);
    file.truncate(LINE.length);
    type Write = (fd: number, bytes: Uint8Array, from: number, length: number, at: number) => number;
    const write = fs.writeSync as Write;
    const takesLines: Write = (fd, bytes, from, length, at) => {
      if (length <= LINE.length) return write(fd, bytes, from, length, at);
      write(fd, bytes, from, 10, at);
      throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
    };
    const full = vi.spyOn(fs, "writeSync").mockImplementation(takesLines as never);
    restoredAfterwards();
    expect([await add(true), await add(true)]).toEqual([null, null]);
    expect(full).toHaveBeenCalledTimes(4);
    expect(content()).toEqual({ text: LINE.repeat(3), zeros: 0 });
    file.close();
  });

  it("that could not be synced fails the next sync, and not that of the writer who was answered", async () => {
    const { file, add } = openWriter();
    await add(false);
    const sync = vi.spyOn(fs, "fdatasyncSync");
    restoredAfterwards();
    sync.mockImplementationOnce(() => undefined);
    sync.mockImplementationOnce(() => {
      throw Object.assign(new Error("EIO"), { code: "EIO" });
    });
    expect(await add(true)).toBeNull();
    await expect(add(true)).resolves.toMatchObject({ code: "EIO" });
    await expect(add(false)).resolves.toMatchObject({ code: "EIO" });
    file.close();
  });

  it("went to whichever file had the number of one that its writer has closed", () => {
    const { file, name } = openWriter();
    file.write(Buffer.from(LINE));
    const other = `${name}.other`;
    let descriptor = -1;
    file.sync(() => {
      file.close();
      descriptor = fs.openSync(other, "w");
    }, true);
    fs.closeSync(descriptor);
    expect(fs.statSync(other).size).toBe(0);
  });
});
