import { describe, expect, it } from "vitest";
import { Lanes } from "../src/session/lanes.js";
import { mapMove, placeIn, viewWith, type MapState } from "../src/session/map-keys.js";
import { nearestMark, panned, zoomed } from "../src/session/map-view.js";
import { markWords } from "../src/session/map-words.js";
import { readings } from "./support/readings.js";

const lanes = new Lanes();
lanes.add(
  readings(
    ["session_created", {}],
    ["agent_spawned", { agentId: "a", type: "writer" }],
    ["agent_spawned", { agentId: "b", type: "reader", parentAgentId: "a" }],
    ["action", { agentId: "a", type: "tool_call", tool: "Read", durationMs: 500 }],
    ["action", { agentId: "b", type: "tool_call", tool: "Bash", error: "x" }],
    ["action", { agentId: "a", type: "note" }],
  ),
);
const rows = lanes.rows();
const whole = lanes.span ?? { startMs: 0, endMs: 0 };

function after(key: string, seq: number, { isShifted = false, view = whole } = {}) {
  const place = placeIn(rows, seq);
  if (place === undefined) throw new Error("there is nothing");
  return mapMove(key, isShifted, { rows, place, view, whole } satisfies MapState);
}

describe("a key on the map", () => {
  it.each([
    ["ArrowRight", 2, { seq: 4 }],
    ["ArrowRight", 6, undefined],
    ["ArrowLeft", 4, { seq: 2 }],
    ["ArrowLeft", 2, undefined],
    ["ArrowDown", 4, { seq: 3 }],
    ["ArrowUp", 5, { seq: 4 }],
    ["ArrowUp", 1, undefined],
    ["Home", 6, { seq: 2 }],
    ["End", 2, { seq: 6 }],
    ["PageDown", 2, { seq: 4 }],
    ["PageUp", 6, { seq: 4 }],
    ["a", 2, { view: undefined }],
    ["-", 2, { view: undefined }],
    ["x", 2, undefined],
  ] as const)("%s at event %i leads to %j", (key, seq, move) => {
    expect(after(key, seq)).toEqual(move);
  });

  it("zooms about what is looked at", () => {
    expect(after("+", 1)).toEqual({ view: { startMs: whole.startMs, endMs: whole.startMs + 2_500 } });
  });

  it("pans, with Shift, but not beyond what there is", () => {
    const view = { startMs: whole.startMs, endMs: whole.startMs + 2_000 };
    expect(after("ArrowLeft", 2, { isShifted: true, view })).toEqual({ view });
    const later = { startMs: view.startMs + 500, endMs: view.endMs + 500 };
    expect(after("ArrowRight", 2, { isShifted: true, view })).toEqual({ view: later });
  });
});

describe("a place on the map", () => {
  it("is that of the last event where none is looked at, or none that is known", () => {
    expect(placeIn(rows, undefined)?.mark.seq).toBe(6);
    expect(placeIn(rows, 99)?.mark.seq).toBe(6);
    expect(placeIn([], 1)).toBeUndefined();
  });

  it("is brought into view where it is not in it", () => {
    const view = { startMs: whole.startMs, endMs: whole.startMs + 1_000 };
    expect(viewWith(view, whole, view.endMs)).toBe(view);
    const moved = viewWith(view, whole, whole.startMs + 3_000);
    expect([moved.startMs - whole.startMs, moved.endMs - whole.startMs]).toEqual([2_500, 3_500]);
  });

  it("is told in words, more of them where its event is loaded", () => {
    const place = placeIn(rows, 4);
    const words = place && markWords(rows[place.row]?.lane ?? { label: "" }, place.mark, undefined);
    expect(words).toMatch(/^writer: Read, 500 ms, .*, event 4$/);
  });
});

describe("a view", () => {
  it("is all there is where it would be more, and never shorter than can be seen", () => {
    expect(zoomed({ startMs: 0, endMs: 50 }, { startMs: 0, endMs: 100 }, 0.5, 2)).toBeUndefined();
    expect(zoomed({ startMs: 0, endMs: 12 }, { startMs: 0, endMs: 100 }, 0, 0.1)).toEqual({
      startMs: 0,
      endMs: 10,
    });
    expect(panned({ startMs: 0, endMs: 50 }, { startMs: 0, endMs: 100 }, 9)).toEqual({
      startMs: 50,
      endMs: 100,
    });
  });

  it("knows what is nearest: what lasts is near for as long as it lasts", () => {
    const lane = rows[1]?.lane ?? { marks: [] };
    const { startMs } = whole;
    expect(nearestMark(lane as never, startMs + 2_600)).toBe(4);
    expect(nearestMark(lane as never, startMs + 9_000)).toBe(6);
  });
});

describe("lanes", () => {
  it("have children beneath their parents, by the names of their kinds", () => {
    expect(rows.map(({ lane, depth }) => [lane.label, depth])).toEqual([
      ["session", 0],
      ["writer", 0],
      ["reader", 1],
    ]);
  });

  it("of agents that are each other's parents are shown", () => {
    const circle = new Lanes();
    circle.add(
      readings(
        ["agent_spawned", { agentId: "a", type: "x", parentAgentId: "b" }],
        ["agent_spawned", { agentId: "b", type: "y", parentAgentId: "a" }],
      ),
    );
    expect(circle.rows().map(({ lane }) => lane.agentId)).toEqual(["a", "b"]);
  });

  it("take each event once, and lead from failure to failure", () => {
    const before = lanes.lastSeq;
    lanes.add(readings(["action", { agentId: "c" }]));
    expect([lanes.lastSeq, lanes.rows().length]).toEqual([before, 3]);
    expect([lanes.failures, lanes.failure(0, 1), lanes.failure(5, 1), lanes.failure(6, -1)]).toEqual([
      1,
      5,
      undefined,
      5,
    ]);
  });

  it("of a session without end kept marks without end", () => {
    const endless = new Lanes();
    const one = readings(["action", { agentId: "a", type: "note" }])[0];
    const failed = readings(["action", { agentId: "a", type: "note", error: "x" }])[0];
    if (one === undefined || failed === undefined) throw new Error("no readings");
    for (let seq = 1; seq <= 100_000; seq += 1) {
      const reading = seq % 10_000 === 0 ? failed : one;
      endless.add([{ mark: { ...reading.mark, seq } }]);
    }
    const marks = endless.rows()[0]?.lane.marks ?? [];
    expect(marks.length).toBeLessThanOrEqual(40_000);
    expect(marks.filter((mark) => mark.failed)).toHaveLength(10);
    expect(placeIn(endless.rows(), 3)?.mark.seq).toBeLessThanOrEqual(3);
  });

  it("put the end of a run, and its steps, on the line of no agent", () => {
    const own = new Lanes();
    own.add(
      readings(
        ["execution_started", { runId: "r", agentId: "a" }],
        ["node_executed", { runId: "r", nodeId: "n", status: "completed" }],
        ["execution_failed", { runId: "r" }],
        ["action", { runId: "unheard-of" }],
      ),
    );
    expect(own.rows().map(({ lane }) => [lane.agentId, lane.marks.map(({ seq }) => seq)])).toEqual([
      ["a", [1, 2, 3]],
      ["", [4]],
    ]);
  });

  it("show a run from its start to its end, and whether it has failed", () => {
    const own = new Lanes();
    own.add(readings(["execution_started", { runId: "r", agentId: "a" }]));
    expect(own.rows()[0]?.lane.runs).toMatchObject([{ runId: "r", endMs: undefined, failed: false }]);
    own.add(readings(["session_created", {}], ["execution_failed", { runId: "r" }]).slice(1));
    expect(own.rows()[0]?.lane.runs).toMatchObject([{ endMs: expect.any(Number) as number, failed: true }]);
  });
});
