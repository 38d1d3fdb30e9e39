import { describe, expect, it } from "vitest";
import type { LogEntry, LoggedNode } from "session-protocol";
import { FileTally } from "../src/inspector/file-changes.js";
import { nextIndex } from "../src/inspector/event-list.js";
import { SessionFiles } from "../src/inspector/session-files.js";
import { copyOf, fileOf } from "../src/inspector/taken-events.js";
import { waterfallOf } from "../src/inspector/waterfall.js";
import { ToolTally } from "../src/session/tool-tally.js";
import { readings } from "./support/readings.js";

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
    const tally = new FileTally();
    for (const each of actions) tally.add(each);
    expect(tally.files(["/a", "/b"])).toEqual([
      { path: "/a", writes: 0, edits: 0, lastSeq: undefined },
      { path: "/b", writes: 1, edits: 1, lastSeq: 3 },
      { path: "/c", writes: 0, edits: 1, lastSeq: 2 },
    ]);
  });

  it("is read to its end, and on from there when there is more", async () => {
    const asked: [string, number][] = [];
    const stored = [action(1, "file_write", { path: "/a" }), action(2, "file_write", { path: "/b" })];
    const source = {
      async *actions(_session: string, type: string, after: number) {
        asked.push([type, after]);
        for (const each of stored) if (each.type === type && each.seq > after) yield [each];
        await Promise.resolve();
      },
    };
    const files = new SessionFiles(source, "s");
    await files.read();
    stored.push(action(3, "file_edit", { path: "/a" }));
    await Promise.all([files.read(), files.read()]);
    expect(files.tally.files([]).map(({ path, writes, edits }) => [path, writes, edits])).toEqual([
      ["/a", 1, 1],
      ["/b", 1, 0],
    ]);
    expect(asked.filter(([type]) => type === "file_write").map(([, after]) => after)).toEqual([0, 2, 2]);
  });

  it("of more files than are kept says how many changes are not shown", () => {
    const tally = new FileTally();
    for (let seq = 1; seq <= 5_002; seq += 1) tally.add(action(seq, "file_write", { path: `/${seq}` }));
    expect(tally.files([]).length).toBe(5_000);
    expect(tally.left).toBe(2);
  });
});

describe("the calls of tools", () => {
  it("were counted of the newest thousand actions only", () => {
    const tally = new ToolTally();
    const calls = Array.from({ length: 3_000 }, (_, index) => {
      const outcome = index % 3 === 0 ? { error: "x" } : {};
      return ["action", { type: "tool_call", tool: "Read", durationMs: index, ...outcome }] as const;
    });
    const others = [["action", { type: "note" }] as const, ["action", { type: "bash_exec" }] as const];
    for (const reading of readings(...calls, ...others)) tally.add(reading);
    expect(tally.figures()).toEqual([
      { tool: "Read", calls: 3_000, failures: 1_000, medianMs: 1_500 },
      { tool: "bash_exec", calls: 1, failures: 0, medianMs: undefined },
    ]);
  });
});

describe("events to take away", () => {
  async function* pieces(...lines: string[][]) {
    for (const some of lines) yield await Promise.resolve(some);
  }

  it("are lines, as a text and as a file", async () => {
    expect(await copyOf(pieces(['{"seq":1}'], ['{"seq":2}']))).toBe('{"seq":1}\n{"seq":2}\n');
    const counts: number[] = [];
    const file = await fileOf(pieces(["a".repeat(1_000_001), "b"], ["c"]), (count) => counts.push(count));
    expect(await file.text()).toBe(`${"a".repeat(1_000_001)}\nb\nc\n`);
    expect(counts).toEqual([2, 3]);
  });

  it("are downloaded where a clipboard would be too small", async () => {
    await expect(copyOf(pieces(["x".repeat(10_000_001)]))).rejects.toThrow("download");
  });
});

describe("a key in the list of events", () => {
  it.each([
    ["ArrowDown", 3, 4],
    ["ArrowDown", 9, 9],
    ["ArrowUp", 10, 9],
    ["PageUp", 4, 0],
    ["Home", 4, 0],
    ["End", 4, 9],
    ["x", 4, undefined],
  ])("%s leads from %s to %s", (key, at, next) => {
    expect(nextIndex(key, at, 10)).toBe(next);
  });

  it("leads nowhere where there is none", () => {
    expect(nextIndex("End", 0, 0)).toBeUndefined();
  });
});
