import { describe, expect, it } from "vitest";
import { expiryAt, isPassDue, isSessionExpired } from "../../src/domain/retention.js";
import type { Session } from "../../src/domain/session.js";
import { created } from "../support/events.js";
import { foldAll } from "../support/fold-all.js";

const NOW = Date.parse("2026-03-31T12:00:00.000Z");

/** A session that ended on March 1, at noon. */
function endedSession(ttlDays: number | null, status = "completed"): Session {
  const session = foldAll([created({ data: { userId: "u", initial: {}, ttlDays } })]) as Session;
  return { ...session, status, updated: "2026-03-01T12:00:00.000Z" } as Session;
}

describe("a session's time", () => {
  it.each([
    ["its own time is over", 29, 0, undefined, true],
    ["its own time is over to the millisecond", 30, 0, undefined, true],
    ["its own time is not over", 31, 0, undefined, false],
    ["it has its own, longer than that of others", 31, 1, undefined, false],
    ["it has none and others have none", null, 0, undefined, false],
    ["that of others is over", null, 30, undefined, true],
    ["that of others is not over", null, 31, undefined, false],
    ["it ended more days ago than asked for, whatever its time", 365, 0, 29, true],
    ["it ended less days ago than asked for, though its time is over", 1, 1, 31, false],
    ["the days go back behind all time", null, 36_500, undefined, false],
  ])("where %s", (_, ttlDays, others, days, expired) => {
    expect(isSessionExpired(endedSession(ttlDays), expiryAt(NOW, others, days))).toBe(expired);
  });

  it.each(["created", "connecting", "active", "processing"])("never is over while it is %s", (status) => {
    expect(isSessionExpired(endedSession(1, status), expiryAt(NOW, 1, 1))).toBe(false);
  });

  it.each(["completed", "failed", "terminated", "interrupted"])("is over once it is %s", (status) => {
    expect(isSessionExpired(endedSession(1, status), expiryAt(NOW, 0, undefined))).toBe(true);
  });
});

describe("the daily pass", () => {
  const at = (time: string): number => Date.parse(`2026-03-${time}:00.000Z`);

  it.each([
    ["before its hour", "10T02:59", undefined, false],
    ["as its hour begins", "10T03:00", undefined, true],
    ["within its hour, where there was none yet", "10T03:59", undefined, true],
    ["after its hour", "10T04:00", undefined, false],
    ["within its hour, where it was done", "10T03:30", "10T03:00", false],
    ["on the next day", "11T03:00", "10T03:59", true],
  ])("%s", (_, now, last, due) => {
    expect(isPassDue(at(now), 3, last === undefined ? undefined : at(last))).toBe(due);
  });
});
