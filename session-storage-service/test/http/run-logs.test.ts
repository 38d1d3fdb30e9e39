import { expect, it } from "vitest";
import type { RunLogs } from "session-protocol";
import type { FoundRun, HeldEvents, StoredText } from "../../src/domain/reading.js";
import { runLogs } from "../../src/http/run-logs.js";

/** So many that a cost that grows with their square takes minutes. */
const UPDATES = 100_000;

async function* updates(): AsyncGenerator<StoredText[]> {
  for (let seq = 1; seq <= UPDATES; seq += 1) {
    const data = { runId: "r", nodeId: "n", nodeType: "t", status: "running", output: seq };
    await Promise.resolve();
    yield [{ seq, offset: seq, text: JSON.stringify({ timestamp: "2026-01-01T00:00:00.000Z", data, seq }) }];
  }
}

it("took time and memory that grew with the square of a node's updates", async () => {
  const held: HeldEvents = { events: updates, close: () => Promise.resolve() };
  const history = { hold: () => Promise.resolve(held) };
  const summary = { runId: "r", sessionId: "s", output: null, error: null, durationMs: null };
  const run = { summary, startSeq: 0, endSeq: null } as unknown as FoundRun;
  let text = "";
  for await (const piece of runLogs(history, run)) text += piece.toString();
  expect((JSON.parse(text) as RunLogs).nodes).toMatchObject([{ id: "n", output: UPDATES, time: null }]);
});

it("put a step where it was stored, and one whose clock had never been set right in another century", async () => {
  const steps = [
    { nodeId: "spooled", status: "completed", timestamp: "2026-01-01T10:00:05.000Z", durationMs: 5_000 },
    { nodeId: "ahead", status: "running", startedAt: "2126-01-01T10:00:00.000Z" },
  ];
  const texts = steps.map((data, index) => {
    const event = { timestamp: "2026-01-01T12:00:00.000Z", data: { runId: "r", nodeType: "t", ...data } };
    return { seq: index + 1, offset: index + 1, text: JSON.stringify({ ...event, seq: index + 1 }) };
  });
  const events = async function* (): AsyncGenerator<StoredText[]> {
    await Promise.resolve();
    yield texts;
  };
  const history = { hold: () => Promise.resolve({ events, close: () => Promise.resolve() }) };
  const summary = { runId: "r", sessionId: "s", output: null, error: null, durationMs: null };
  const run = { summary, startSeq: 0, endSeq: null } as unknown as FoundRun;
  let text = "";
  for await (const piece of runLogs(history, run)) text += piece.toString();
  expect((JSON.parse(text) as RunLogs).nodes.map(({ startedAt }) => startedAt)).toEqual([
    "2026-01-01T10:00:00.000Z",
    "2026-01-01T12:00:00.000Z",
  ]);
});
