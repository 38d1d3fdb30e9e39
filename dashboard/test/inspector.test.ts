import { describe, expect, it } from "vitest";
import type { LogEntry, LoggedNode } from "session-protocol";
import { fileChanges } from "../src/inspector/file-changes.js";
import { waterfallOf } from "../src/inspector/waterfall.js";

function node(id: string, startSecond: number, durationMs: number | null, parentId: string | null = null) {
  const startedAt = new Date(startSecond * 1_000).toISOString();
  return { id, startedAt, durationMs, parentId } as LoggedNode;
}

const drawn = (...nodes: LoggedNode[]) =>
  waterfallOf(nodes).map(({ node: { id }, depth, left, width }) => [id, depth, left, width]);

describe("a waterfall", () => {
  it("has each step where it began and as long as it took, beneath the one it belongs to", () => {
    expect(drawn(node("child", 2, 1_000, "top"), node("top", 0, 4_000), node("last", 3, 1_000))).toEqual([
      ["top", 0, 0, 1],
      ["child", 1, 0.5, 0.25],
      ["last", 0, 0.75, 0.25],
    ]);
  });

  it("shows what runs up to what is known", () => {
    expect(drawn(node("runs", 1, null), node("done", 0, 2_000))).toEqual([
      ["done", 0, 0, 1],
      ["runs", 0, 0.5, 0.5],
    ]);
  });

  it("shows steps whose parents are not there, or are each other", () => {
    const ids = drawn(node("a", 0, 1, "gone"), node("b", 1, 1, "c"), node("c", 2, 1, "b")).map(([id]) => id);
    expect(ids).toEqual(["a", "b", "c"]);
  });

  it("of nothing is nothing", () => {
    expect(drawn()).toEqual([]);
  });
});

describe("what became of files", () => {
  const action = (seq: number, type: string, input: unknown, more = {}) =>
    ({ seq, type, input, ...more }) as unknown as LogEntry;

  it("is told by the calls that wrote them, and by the state for others", () => {
    const actions = [
      action(1, "file_write", { file_path: "/b" }),
      action(3, "file_edit", { file_path: "/b" }),
      action(2, "file_edit", { notebook_path: "/c" }),
      action(4, "file_write", { file_path: "/failed" }, { status: "failed", error: "no" }),
      action(5, "file_write", { nothing: true }),
    ];
    expect(fileChanges(actions, ["/a", "/b"])).toEqual([
      { path: "/a", writes: 0, edits: 0, lastSeq: undefined },
      { path: "/b", writes: 1, edits: 1, lastSeq: 3 },
      { path: "/c", writes: 0, edits: 1, lastSeq: 2 },
    ]);
  });
});
