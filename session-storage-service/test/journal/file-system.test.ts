import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { realFileSystem, type AppendFile } from "../../src/journal/file-system.js";
import { tempFolder } from "../support/temp-folder.js";

function synced(file: AppendFile): Promise<Error | null> {
  return new Promise((resolve) => {
    file.sync(resolve);
  });
}

describe("a file opened for appending", () => {
  it("is made where it is not there, and grows at its end", async () => {
    const name = path.join(tempFolder(), "1.log");
    for (const text of ["one\n", "two\n"]) {
      const file = realFileSystem.openAppend(name);
      file.write(Buffer.from(text));
      expect(await synced(file)).toBeNull();
      file.close();
    }
    expect(realFileSystem.read(name).toString()).toBe("one\ntwo\n");
    expect(realFileSystem.size(name)).toBe(8);
  });

  it.each([false, true])("is synced, whoever else waits or not: %s", async (alone) => {
    const file = realFileSystem.openAppend(path.join(tempFolder(), "1.log"));
    for (let round = 0; round < 5; round += 1) {
      file.write(Buffer.from("one\n"));
      await expect(new Promise((resolve) => file.sync(resolve, alone))).resolves.toBeNull();
    }
    file.close();
  });

  it.each([false, true])("tells when it cannot be synced: %s", async (alone) => {
    const file = realFileSystem.openAppend(path.join(tempFolder(), "1.log"));
    await synced(file);
    file.close();
    await expect(new Promise((resolve) => file.sync(resolve, alone))).resolves.toMatchObject({
      code: "EBADF",
    });
  });

  it("left its descriptor behind where its name could not be made durable", () => {
    const open = vi.spyOn(fs, "openSync");
    const sync = vi.spyOn(fs, "fsyncSync").mockImplementation(() => {
      throw Object.assign(new Error("EIO"), { code: "EIO" });
    });
    onTestFinished(() => void vi.restoreAllMocks());
    expect(() => realFileSystem.openAppend(path.join(tempFolder(), "1.log"))).toThrow("EIO");
    expect(sync).toHaveBeenCalledOnce();
    const opened = open.mock.results.map(({ value }) => value as number);
    expect(opened).toHaveLength(2);
    for (const descriptor of opened) expect(() => fs.fstatSync(descriptor)).toThrow("EBADF");
  });

  it("grows from where it was cut back to", () => {
    const name = path.join(tempFolder(), "1.log");
    const file = realFileSystem.openAppend(name);
    file.write(Buffer.from("one\ntwo\n"));
    file.truncate(4);
    file.write(Buffer.from("2\n"));
    file.close();
    expect(realFileSystem.read(name).toString()).toBe("one\n2\n");
  });
});

it("replaces a file whole and leaves nothing beside it", () => {
  const folder = tempFolder();
  const name = path.join(folder, "1.log");
  fs.writeFileSync(name, "old");
  realFileSystem.replace(name, Buffer.from("new"));
  expect(realFileSystem.read(name).toString()).toBe("new");
  expect(realFileSystem.list(folder)).toEqual(["1.log"]);
});

it("removes a file", () => {
  const folder = path.join(tempFolder(), "deep", "er");
  realFileSystem.makeFolder(folder);
  fs.writeFileSync(path.join(folder, "1.log"), "");
  realFileSystem.remove(path.join(folder, "1.log"));
  expect(realFileSystem.list(folder)).toEqual([]);
});

it("knows how much room there is", () => {
  expect(realFileSystem.freeBytes(tempFolder())).toBeGreaterThan(0);
});
