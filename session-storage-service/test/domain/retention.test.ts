import { describe, expect, it } from "vitest";
import { expiresUpTo, expiryAt, isPassDue, isSessionExpired } from "../../src/domain/retention.js";
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
    ["is not due before its hour", "10T02:59", "09T03:00", false],
    ["is due as its hour begins", "10T03:00", "09T03:00", true],
    ["is due once a day", "10T03:30", "10T03:00", false],
    ["is due on the next day again", "11T03:00", "10T03:59", true],
    ["was left out where the service did not run in its hour", "10T09:00", "09T18:00", true],
    ["was left out where the service has slept for days", "12T01:00", "09T18:00", true],
    ["is not due where its hour has not come since the last", "10T01:00", "09T18:00", false],
    ["was left out for years after a clock had been wrong", "10T01:00", "30T18:00", true],
  ])("%s", (_, now, last, due) => {
    expect(isPassDue(at(now), 3, at(last))).toBe(due);
  });
});

describe("what names an expired run", () => {
  const ENDED = "2026-03-01T12:00:00.000Z";

  it.each([
    ["up to its end, where that is as old as anything may get", 30, 0, undefined, ENDED],
    ["for as long after its end as its own time is over", 10, 0, undefined, "2026-03-21T12:00:00.000Z"],
    ["for as long after its end as that of others is over", null, 20, undefined, "2026-03-11T12:00:00.000Z"],
    ["up to the days asked for", 1, 1, 25, "2026-03-06T12:00:00.000Z"],
  ])("goes with it %s", (_, ttlDays, others, days, upTo) => {
    expect(expiresUpTo(ENDED, ttlDays, expiryAt(NOW, others, days))).toBe(upTo);
  });
});
