import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { rolloutsOpenIn } from "../src/codex/rollout-files.js";
import { temporaryFolder } from "./support/folders.js";

function rollout(name: string): string {
  const path = join(temporaryFolder(), `rollout-${name}.jsonl`);
  writeFileSync(path, "{}\n");
  return path;
}

function open(path: string, flags: string): void {
  const file = openSync(path, flags);
  onTestFinished(() => closeSync(file));
}

describe("the rollouts of a process", () => {
  it("are those it writes: a fork was taken for the thread it goes on from while it read that", () => {
    const [parent, own] = [rollout("parent"), rollout("own")];
    open(parent, "r");
    expect(rolloutsOpenIn(process.pid)).toEqual([]);
    open(own, "a");
    expect(rolloutsOpenIn(process.pid)).toEqual([own]);
  });
});
