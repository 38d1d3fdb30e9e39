import { expect, it } from "vitest";
import { eventJson, type StoredEvent } from "../../src/domain/events.js";
import { eventLines } from "../../src/projection/event-lines.js";
import { asLatin1, encodeLine, logOf } from "../../src/projection/log-line.js";

function event(type: StoredEvent["type"], seq: number, data: object, id = `id-${String(seq)}`): StoredEvent {
  const timestamp = "2026-11-20T12:00:00.000Z";
  const raw = JSON.stringify(data);
  return { type, sessionId: "s1", seq, offset: seq + 100, id, timestamp, data: { ...data }, raw };
}

const EVENTS = [
  event("session_created", 1, { userId: "u", initial: {} }),
  event("action", 2, { type: "tool_call", input: { path: "Füße/日本" } }),
  event("action", 3, { type: "note", timestamp: "2020-01-01T00:00:00.000Z" }),
  event("response", 4, { type: "text", content: 'a "$sent": key, quoted' }),
  event("action", 5, { type: "note", seq: 99, offset: 1, receivedAt: "never", $sent: { a: 1 } }),
  event("action", 6, { type: "note" }, 'an "id" with \\ and ü'),
  event("goal_added", 7, { id: "g1", description: "d" }),
];

it("gives every event as the journal's feed gives it, whichever log its line is in", async () => {
  const lines = EVENTS.map((stored) => {
    const line = asLatin1(encodeLine(stored)).slice(0, -1);
    return { kind: logOf(stored.type), seq: stored.seq, line };
  });
  const pieces: Buffer[] = [];
  const damaged = { kind: "actions", seq: 0, line: '{"seq":8,"off' } as const;
  for await (const piece of eventLines("s1", pieceOf([...lines, damaged]))) pieces.push(piece);
  const given = Buffer.concat(pieces).toString("utf8").trimEnd().split("\n");
  expect(given.map((line) => JSON.parse(line) as unknown)).toEqual(
    EVENTS.map((stored) => JSON.parse(eventJson(stored)) as unknown),
  );
});

async function* pieceOf<T>(lines: T[]): AsyncGenerator<T[]> {
  yield await Promise.resolve(lines);
}
