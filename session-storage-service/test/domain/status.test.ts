import { describe, expect, it } from "vitest";
import { SESSION_STATUSES, type SessionStatus } from "session-protocol";
import { hasEnded, isClosed, mayBecome } from "../../src/domain/status.js";

/** Rows: from. A mark: may become, in the order of the columns. */
const TRANSITIONS: Record<SessionStatus, string> = {
  //            created connecting active processing completed failed terminated interrupted
  created: "      .       yes       .       .         yes      yes     yes        yes ",
  connecting: "   .       .         yes     .         yes      yes     yes        yes ",
  active: "       .       .         .       yes       yes      yes     yes        yes ",
  processing: "   .       .         yes     .         yes      yes     yes        yes ",
  completed: "    .       .         .       .         .        .       .          .   ",
  failed: "       .       .         .       .         .        .       .          .   ",
  terminated: "   .       .         .       .         .        .       .          .   ",
  interrupted: "  .       .         yes     .         .        .       .          .   ",
};

const cases = SESSION_STATUSES.flatMap((from) => {
  const marks = TRANSITIONS[from].trim().split(/\s+/);
  return SESSION_STATUSES.map((to, column) => [from, to, marks[column] === "yes"] as const);
});

describe("a session's status", () => {
  it.each(cases)("%s may become %s: %s", (from, to, allowed) => {
    expect(mayBecome(from, to)).toBe(allowed);
  });

  it.each<[SessionStatus, boolean, boolean]>([
    ["created", false, false],
    ["connecting", false, false],
    ["active", false, false],
    ["processing", false, false],
    ["completed", true, true],
    ["failed", true, true],
    ["terminated", true, true],
    ["interrupted", false, true],
  ])("%s takes no writes: %s, has ended: %s", (status, closed, ended) => {
    expect([isClosed(status), hasEnded(status)]).toEqual([closed, ended]);
  });
});
