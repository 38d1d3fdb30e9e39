import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BatchRequest,
  EventsQuery,
  LiveQuery,
  LogQuery,
  SessionId,
  SessionQuery,
  SessionsQuery,
  StateQuery,
  Timestamp,
} from "../src/index.js";

describe("an identifier", () => {
  it("is a name of one file in its folder, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("a", "Z", "0", ".", "_", "-", "/", "\\", "~", " ", "\n", "\0", "é"),
          maxLength: 10,
        }),
        (text) => {
          const { success } = SessionId.safeParse(text);
          expect(success).toBe(
            /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) && !text.includes("..") && !text.endsWith("\n"),
          );
        },
      ),
    );
  });
});

describe("a query", () => {
  it("has defaults where nothing is asked for", () => {
    expect(SessionsQuery.parse({})).toEqual({ order: "created", limit: 100 });
    expect(EventsQuery.parse({})).toEqual({ after: 0 });
    expect(SessionQuery.parse({})).toEqual({ entries: 1_000 });
  });

  it.each([
    ["0", false],
    ["1", true],
    ["1000", true],
    ["1001", false],
    ["-1", false],
    ["1.5", false],
    ["1e3", false],
    ["", false],
    [" 1", false],
  ])("takes a limit of %j: %s", (limit, taken) => {
    expect(SessionsQuery.safeParse({ limit }).success).toBe(taken);
    expect(LogQuery.safeParse({ limit }).success).toBe(taken);
  });

  it.each([
    ["0", 0],
    ["9007199254740991", 9_007_199_254_740_991],
    ["9007199254740992", undefined],
    ["99999999999999999", undefined],
  ])("takes a place of %j as %d", (after, place) => {
    expect(EventsQuery.safeParse({ after }).data?.after).toBe(place);
  });

  it.each([
    ["2026-01-31", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31T09:30:00Z", "2026-01-31T09:30:00.000Z"],
    ["2026-01-31T10:30:00+01:00", "2026-01-31T09:30:00.000Z"],
    ["yesterday", undefined],
    ["2026-13-01", undefined],
  ])("takes a moment of %j as %s", (since, moment) => {
    expect(SessionsQuery.safeParse({ since }).data?.since).toBe(moment);
  });

  it.each([
    ["action", ["action"]],
    ["action,goal_added", ["action", "goal_added"]],
    ["action,", undefined],
    ["nothing", undefined],
  ])("takes event types of %j as %j", (type, types) => {
    expect(EventsQuery.safeParse({ type }).data?.type).toEqual(types);
  });

  it("for the state names a seq from 1", () => {
    expect(StateQuery.safeParse({ atSeq: "0" }).success).toBe(false);
    expect(StateQuery.parse({ atSeq: "1" })).toEqual({ atSeq: 1 });
  });

  it("of a live connection names a session and a place", () => {
    expect(LiveQuery.parse({ session: "s1", user: "u1", after: "7" })).toEqual({
      session: "s1",
      user: "u1",
      after: 7,
    });
    expect(LiveQuery.safeParse({ after: "-7" }).success).toBe(false);
  });
});

it.each([
  ["2026-01-31T09:30:00.000Z", true],
  ["2026-01-31T09:30:00Z", false],
  ["2026-01-31T09:30:00.000+00:00", false],
  ["2026-02-30T09:30:00.000Z", false],
])("a stored time of %s is one: %s", (text, valid) => {
  expect(Timestamp.safeParse(text).success).toBe(valid);
});

it.each([
  [1_000, true],
  [1_001, false],
])("a batch may hold %d events: %s", (count, allowed) => {
  const events = Array.from({ length: count }, () => ({ type: "action", data: { type: "x" } }));
  expect(BatchRequest.safeParse({ events }).success).toBe(allowed);
});
