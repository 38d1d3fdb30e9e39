import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { wholeLineBytes } from "../../src/projection/session-writer.js";
import { FilesLab } from "../support/files-lab.js";
import { tempFolder } from "../support/temp-folder.js";

describe("the whole lines of a log", () => {
  const big = "x".repeat(70_000);

  it.each([
    ["there is no file", undefined, 0],
    ["it is empty", "", 0],
    ["all are whole", "one\ntwo\n", 8],
    ["the last has no end", "one\ntwo", 4],
    ["the only one has no end", "one", 0],
    ["a long last one has no end", `one\n${big}`, 4],
    ["a long one ends", `one\n${big}\n`, 70_005],
    ["a very long only one has no end", big + big, 0],
    ["a newline stands where a read begins", `${"x".repeat(999)}\n${"y".repeat(65_536)}`, 1_000],
  ])("where %s", (_, text, bytes) => {
    const file = path.join(tempFolder(), "log");
    if (text !== undefined) fs.writeFileSync(file, text);
    expect(wholeLineBytes(file)).toBe(bytes);
  });
});

describe("documents", () => {
  it("are replaced whole, with nothing left beside them", () => {
    const lab = new FilesLab();
    lab.begin();
    lab.files.flush();
    lab.record("s1", ["action", { type: "x" }]);
    lab.files.flush();
    expect(fs.readdirSync(lab.layout.session("s1")).sort()).toEqual([
      "actions.jsonl",
      "events.jsonl",
      "initial.json",
      "metadata.json",
      "responses.jsonl",
      "state.json",
      "usage.json",
    ]);
  });

  it("that did not change are not written again", () => {
    const lab = new FilesLab();
    lab.begin();
    lab.files.flush();
    const inode = (name: "initial" | "state") => fs.statSync(lab.layout.document("s1", name)).ino;
    const before = [inode("initial"), inode("state")];
    lab.record("s1", ["action", { type: "x" }]);
    lab.files.flush();
    expect(inode("initial")).toBe(before[0]);
    expect(inode("state")).not.toBe(before[1]);
  });

  it("are JSON that people can read", () => {
    const lab = new FilesLab();
    lab.begin();
    lab.files.flush();
    expect(fs.readFileSync(lab.layout.document("s1", "initial"), "utf8")).toBe('{\n  "prompt": "go"\n}\n');
  });

  it("are never newer than the logs", () => {
    const lab = new FilesLab();
    lab.begin();
    lab.files.flush();
    fs.rmSync(lab.layout.log("s1", "actions"));
    fs.mkdirSync(lab.layout.log("s1", "actions"));
    lab.record("s1", ["action", { type: "x" }]);
    lab.files.flush();
    expect(lab.document("metadata")).toMatchObject({ seq: 3 });
    expect(lab.document("state")).toMatchObject({ seq: 3 });
  });
});

it("gives readers lines of their own, whatever is written and added after", async () => {
  const lab = new FilesLab();
  lab.begin();
  lab.record("s1", ["action", { type: "x", text: "a".repeat(20_000) }]);
  const [actions] = await lab.files.snapshots("s1");
  const before = actions?.pending.toString();
  lab.files.flush();
  lab.record("s1", ["action", { type: "y", text: "b".repeat(20_000) }]);
  await lab.files.snapshots("s1");
  expect(actions?.pending.toString()).toBe(before);
  expect(before).toContain('"type":"x"');
});
