import { describe, expect, it } from "vitest";
import { PendingLines } from "../../src/projection/pending-lines.js";

const pendingOf = (lines: readonly string[]): PendingLines => {
  const pending = new PendingLines();
  for (const line of lines) pending.add(line);
  return pending;
};

describe("lines that wait to be written", () => {
  it.each([
    ["none", []],
    ["a few short ones", ["a\n", "b\n"]],
    ["more than one piece", Array.from({ length: 50 }, (_, index) => `${String(index).repeat(400)}\n`)],
    ["what is not ASCII", ["é\n", "漢🪂".repeat(5_000) + "\n", "x\n"]],
  ])("are all there in order: %s", (_, lines) => {
    expect(pendingOf(lines).bytes().toString()).toBe(lines.join(""));
  });

  it("may be asked for between additions", () => {
    const pending = pendingOf(["a\n"]);
    expect(pending.bytes().toString()).toBe("a\n");
    pending.add("b\n");
    expect(pending.bytes().toString()).toBe("a\nb\n");
  });

  it("count as they will on disk once they are encoded", () => {
    const pending = pendingOf(["é\n"]);
    pending.bytes();
    expect(pending.size).toBe(3);
  });

  it("are none after they were written", () => {
    const pending = pendingOf(["a\n".repeat(10_000), "b\n"]);
    pending.clear();
    expect([pending.isEmpty, pending.size, pending.bytes().length]).toEqual([true, 0, 0]);
  });

  it("of one file are not those of another that is written after it", () => {
    const first = pendingOf(["a\n".repeat(10_000)]);
    first.bytes();
    first.clear();
    const [second, third] = ["b\n", "c\n"].map((line) => pendingOf([line.repeat(10_000)]));
    first.add("d\n".repeat(20_000));
    expect(second?.bytes().toString()).toBe("b\n".repeat(10_000));
    expect(third?.bytes().toString()).toBe("c\n".repeat(10_000));
    expect(first.bytes().toString()).toBe("d\n".repeat(20_000));
  });
});
