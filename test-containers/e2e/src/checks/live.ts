import assert from "node:assert/strict";
import type { SessionEvent } from "session-protocol";
import type { Follower } from "../live/follower.js";
import { until } from "../until.js";

/** What a follower saw of these sessions is what is stored of them: the same events, in the same order, once. */
export async function checkLive(follower: Follower, stored: readonly SessionEvent[]): Promise<void> {
  const expected = [...stored].sort((one, other) => one.offset - other.offset);
  const sessions = new Set(expected.map(({ sessionId }) => sessionId));
  const seen = (): SessionEvent[] => follower.seen.filter(({ sessionId }) => sessions.has(sessionId));
  await until(
    `${follower.kind} to see ${expected.length} events`,
    () => seen().length >= expected.length || undefined,
  );
  assert.deepEqual(seen(), expected, `what ${follower.kind} saw`);
}
