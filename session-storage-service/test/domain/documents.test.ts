import { describe, expect, it } from "vitest";
import { Metadata, State, type JsonObject } from "session-protocol";
import { metadataOf, sessionFromDocuments, stateOf } from "../../src/domain/documents.js";
import type { Session } from "../../src/domain/session.js";
import { created, stored } from "../support/events.js";
import { foldAll } from "../support/fold-all.js";

const at = (minute: number) => `2026-01-01T12:${String(minute).padStart(2, "0")}:00.000Z`;

function sessionOf(data: JsonObject, ...rest: Parameters<typeof stored>[0][]): Session {
  return foldAll([created({ data, timestamp: at(0) }), ...rest.map((fields) => stored(fields))]) as Session;
}

const whole = sessionOf(
  {
    userId: "u1",
    initial: { config: { model: "m1", dangerouslySkipPermissions: true }, prompt: "go" },
    name: "n",
    tags: ["t"],
    ttlDays: 2,
  },
  { seq: 2, timestamp: at(3) },
  { seq: 3, type: "session_finalized", data: { status: "failure", outcome: "x" }, timestamp: at(5) },
);

describe("metadata", () => {
  it("is what the contract says", () => {
    expect(Metadata.parse(metadataOf(whole))).toEqual({
      $schema: "session-metadata-v1",
      sessionId: "s1",
      tenantId: "default",
      userId: "u1",
      name: "n",
      description: null,
      sandboxId: null,
      created: at(0),
      updated: at(5),
      status: "failed",
      model: "m1",
      yoloMode: true,
      tokenUsage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
      costUsd: 0,
      metrics: expect.objectContaining({ actions: 1, toolCalls: 1 }) as unknown,
      activity: { startedAt: at(0), lastAt: at(5), failures: 1, agents: [] },
      tags: ["t"],
      labels: {},
      parentSession: null,
      forkedFrom: null,
      subsessions: [],
      seq: 3,
      durationMs: 300_000,
      ttlDays: 2,
      expiresAt: "2026-01-03T12:05:00.000Z",
    });
  });

  it("tells when a session expires only once it has ended", () => {
    expect(metadataOf(sessionOf({ userId: "u", initial: {}, ttlDays: 2 })).expiresAt).toBeNull();
  });

  it("has no negative duration where the clock went back", () => {
    const back = sessionOf({ userId: "u", initial: {} }, { seq: 2, timestamp: "2026-01-01T11:00:00.000Z" });
    expect(metadataOf(back).durationMs).toBe(0);
  });
});

describe("state", () => {
  it("names the last event there is, also one that did not change it", () => {
    expect(State.parse(stateOf(whole))).toMatchObject({ $schema: "session-state-v1", version: 1, seq: 3 });
  });
});

it("comes back as it was from its documents", () => {
  const { initial, final, producers, runs, usage } = whole;
  const back = sessionFromDocuments({
    metadata: metadataOf(whole),
    state: stateOf(whole),
    initial,
    final,
    producers,
    runs,
    usage,
  });
  expect({ ...back, state: stateOf(back) }).toEqual({ ...whole, state: stateOf(whole) });
});
