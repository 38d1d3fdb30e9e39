import { describe, expect, it } from "vitest";
import type { EventType, JsonObject, SessionEvent, TimelineEntry } from "session-protocol";
import { timesApart } from "../src/event/event-time.js";
import { Lanes } from "../src/session/lanes.js";
import { readEntry, readEvent } from "../src/session/mark.js";

/** When the service was there again, and took all of it at once. */
const STORED = "2026-01-01T12:00:00.000Z";
const at = (clock: string) => `2026-01-01T${clock}.000Z`;
const ms = (clock: string) => Date.parse(at(clock));

type Sent = readonly [type: EventType, sentAt: string | undefined, data?: JsonObject];

function spooled(...events: readonly Sent[]): SessionEvent[] {
  return events.map(([type, timestamp, data], index) => {
    const seq = index + 1;
    const own = timestamp === undefined ? data : { ...data, timestamp };
    return { type, sessionId: "s", seq, offset: seq, id: `e${seq}`, timestamp: STORED, data: own ?? {} };
  });
}

function lanesOf(...events: readonly Sent[]): Lanes {
  const lanes = new Lanes();
  lanes.add(spooled(...events).map(readEvent));
  return lanes;
}

const RUN = { runId: "r", agentId: "a" };

describe("what waited out an outage", () => {
  const lanes = lanesOf(
    ["session_created", undefined],
    ["execution_started", at("10:00:00"), RUN],
    ["action", at("10:00:40"), { ...RUN, type: "tool_call", tool: "Bash", durationMs: 30_000 }],
    ["action", at("10:01:00"), { ...RUN, type: "tool_call", tool: "Read", startedAt: at("10:00:50") }],
    ["execution_completed", at("10:02:00"), RUN],
  );

  it("stood on the map at the moment when it was stored", () => {
    const lane = lanes.rows().find(({ lane: { agentId } }) => agentId === "a")?.lane;
    expect(lane?.runs).toMatchObject([{ startMs: ms("10:00:00"), endMs: ms("10:02:00") }]);
    expect(lane?.marks.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [ms("10:00:00"), ms("10:00:00")],
      [ms("10:00:10"), ms("10:00:40")],
      [ms("10:00:50"), ms("10:01:00")],
      [ms("10:02:00"), ms("10:02:00")],
    ]);
  });

  it("begins the session, though that was made later", () => {
    expect(lanes.span).toEqual({ startMs: ms("10:00:00"), endMs: ms("10:02:00") });
    expect(lanes.rows()[0]?.lane.marks[0]).toMatchObject({ seq: 1, startMs: ms("10:00:00") });
  });

  it("is the same told by the timeline as told live", () => {
    const [event] = spooled(["action", at("10:00:40"), { type: "tool_call", startedAt: at("10:00:10") }]);
    const entry = {
      ts: STORED,
      sentAt: at("10:00:40"),
      type: "tool_call",
      event: "action",
      seq: 1,
      startedAt: at("10:00:10"),
    } satisfies TimelineEntry;
    expect(event && readEvent(event)).toEqual(readEntry(entry));
  });

  it("is told with both times", () => {
    const words = spooled(
      ["action", at("10:00:00")],
      ["action", at("11:59:59")],
      ["action", "2031-01-01T00:00:00Z"],
      ["action", undefined],
    ).map(timesApart);
    expect(words).toEqual([
      expect.stringMatching(/^stored 2 h later, at /),
      undefined,
      "when it was stored; its sender's clock said 2031-01-01T00:00:00.000Z",
      undefined,
    ]);
  });
});

describe("a clock that cannot be believed", () => {
  it("leaves the map as long as what happened", () => {
    const note = { agentId: "a", type: "note" };
    const { span } = lanesOf(
      ["session_created", undefined],
      ["action", "1970-01-01T00:00:00Z", note],
      ["action", at("11:59:00"), note],
      ["action", "9999-01-01T00:00:00Z", { ...note, durationMs: 1e15 }],
      ["action", "no time", note],
    );
    expect(span).toEqual({ startMs: ms("11:59:00"), endMs: Date.parse(STORED) });
  });

  it("that was set back does not make a run end before it began", () => {
    const lanes = lanesOf(
      ["session_created", undefined],
      ["execution_started", at("11:30:00"), RUN],
      ["execution_completed", at("10:35:00"), { ...RUN, totals: { durationMs: 300_000 } }],
    );
    expect(lanes.rows()[1]?.lane.runs).toMatchObject([{ startMs: ms("11:30:00"), endMs: ms("11:35:00") }]);
  });
});
