import { describe, expect, it } from "vitest";
import { createHookAgent, type HookAgent } from "../src/index.js";
import { agent, freePort, service } from "./support/agents.js";

const UUID = /^[0-9a-f-]{36}$/;
const nowMs = Date.parse("2026-03-04T05:06:07.008Z");
const timestamp = "2026-03-04T05:06:07.008Z";

describe("a recorded session", () => {
  it("arrives in one batch as the contract has it", async () => {
    const { url, batches } = await service();
    const hook = agent({
      serviceUrl: url,
      now: () => nowMs,
      session: { name: "booking", initial: { task: "book a flight" } },
    });

    const goal = hook.addGoal({ description: "answer the customer" });
    const specialist = hook.spawnAgent({ type: "weather & safety", task: "wind at noon" });
    const action = hook.logAction({ type: "tool_call", tool: "forecast" });
    const response = hook.logResponse({ content: "12 knots", actionId: action, usage: { inputTokens: 5 } });
    const state = hook.updateState({ phase: "answering" });
    const updated = hook.updateGoal(goal, { status: "completed" });
    const completed = hook.completeAgent(specialist, { status: "completed", result: "ok" });
    const delivery = await hook.flush();

    expect(delivery).toEqual({ sent: 7, pending: 0, dropped: 0, rejected: 0, spooled: 0, redacted: 0 });
    expect(goal).toMatch(/^goal-[0-9a-f]{12}$/);
    expect(specialist).toMatch(/^agent-weather-safety-[0-9a-f]{12}$/);
    expect(batches).toEqual([
      {
        path: "/api/sessions/s1/batch",
        contentType: "application/x-ndjson",
        header: {
          create: { userId: "u1", name: "booking", initial: { task: "book a flight" } },
          producer: { id: expect.stringMatching(UUID) as unknown, recorded: 7, dropped: 0 },
        },
        events: [
          {
            type: "goal_added",
            id: expect.stringMatching(UUID) as unknown,
            data: { description: "answer the customer", id: goal, timestamp },
          },
          {
            type: "agent_spawned",
            id: expect.stringMatching(UUID) as unknown,
            data: { type: "weather & safety", task: "wind at noon", agentId: specialist, timestamp },
          },
          { type: "action", id: action, data: { type: "tool_call", tool: "forecast", timestamp } },
          {
            type: "response",
            id: response,
            data: { content: "12 knots", actionId: action, usage: { inputTokens: 5 }, timestamp },
          },
          { type: "state_updated", id: state, data: { phase: "answering", timestamp } },
          { type: "goal_updated", id: updated, data: { status: "completed", goalId: goal, timestamp } },
          {
            type: "agent_completed",
            id: completed,
            data: { status: "completed", result: "ok", agentId: specialist, timestamp },
          },
        ],
      },
    ]);
  });

  it("is made from what was given, without credentials and with long strings cut", async () => {
    const { url, batches } = await service();
    const password = "postgres://app:hunter2@db/app";
    const initial = { password, task: `use ${password}`, page: "x".repeat(5_000) };
    const hook = agent({
      serviceUrl: url,
      userId: password,
      maxStringBytes: 1_000,
      session: { name: password, initial },
    });
    hook.logAction({ type: "note" });
    expect(await hook.flush()).toMatchObject({ sent: 1, redacted: 3 });
    const redacted = "postgres://app:[redacted:url-password]@db/app";
    expect(batches[0]?.header.create).toEqual({
      userId: password,
      name: redacted,
      initial: {
        password: "[redacted:password]",
        task: `use ${redacted}`,
        page: expect.stringContaining("[truncated: 5000 bytes, sha256 ") as unknown,
      },
    });
  });

  it("keeps the ids and the time the caller gives", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    expect(hook.logAction({ type: "note", id: "mine", timestamp: "then" })).toBe("mine");
    expect(hook.addGoal({ id: "g1", description: "one" })).toBe("g1");
    expect(hook.spawnAgent({ agentId: "a1", type: "one" })).toBe("a1");
    await hook.flush();
    expect(stored[0]).toEqual({
      type: "action",
      id: "mine",
      data: { type: "note", id: "mine", timestamp: "then" },
    });
    expect(stored.map(({ data }) => data.id ?? data.agentId)).toEqual(["mine", "g1", "a1"]);
  });

  it("holds what was recorded, not what became of it afterwards", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    const input = { path: "a.txt" };
    hook.logAction({ type: "file_write", input });
    input.path = "b.txt";
    await hook.flush();
    expect(stored[0]?.data.input).toEqual({ path: "a.txt" });
  });

  it("goes in batches of at most 1,000 events and about 1 MiB over one kept connection", async () => {
    const { url, batches, stored, connections } = await service();
    const hook = agent({ serviceUrl: url, maxStringBytes: 1_000_000 });
    for (let i = 0; i < 2_500; i += 1) hook.logAction({ type: "note", i });
    await hook.flush();
    for (let i = 0; i < 4; i += 1) hook.logAction({ type: "note", text: "x".repeat(500_000) });
    await hook.flush();
    expect(batches.map(({ events }) => events.length)).toEqual([1_000, 1_000, 500, 2, 2]);
    expect(stored.slice(0, 2_500).map(({ data }) => data.i)).toEqual(
      Array.from({ length: 2_500 }, (_, i) => i),
    );
    expect(connections()).toBe(1);
  });

  it("is told of its creation until the service has it, and of every producer apart", async () => {
    const { url, batches } = await service();
    for (const hook of [agent({ serviceUrl: url }), agent({ serviceUrl: url })]) {
      hook.logAction({ type: "note" });
      await hook.flush();
      hook.logAction({ type: "note" });
      await hook.flush();
    }
    expect(batches.map(({ header }) => header.create?.userId)).toEqual(["u1", undefined, "u1", undefined]);
    expect(batches.map(({ header }) => header.producer?.recorded)).toEqual([1, 2, 1, 2]);
    expect(new Set(batches.map(({ header }) => header.producer?.id)).size).toBe(2);
  });

  it("reaches a service below a path", async () => {
    const { url, batches } = await service();
    const hook = agent({ serviceUrl: `${url}/recorder/`, sessionId: "s/1" });
    hook.logAction({ type: "note" });
    await hook.flush();
    expect(batches[0]?.path).toBe("/recorder/api/sessions/s%2F1/batch");
  });
});

describe("a record call", () => {
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("hostile");
      },
    },
  );
  const given: readonly unknown[] = [
    undefined,
    null,
    7,
    "text",
    [],
    hostile,
    { type: 1n },
    {
      get type() {
        throw new Error("no");
      },
    },
  ];

  it("throws nothing, whatever it is given", async () => {
    const { url } = await service();
    const hook = agent({ serviceUrl: url }) as unknown as Record<string, (...given: unknown[]) => string>;
    for (const value of given) {
      for (const call of ["logAction", "logResponse", "updateState", "addGoal", "spawnAgent"]) {
        expect(hook[call]?.(value)).toEqual(expect.any(String));
      }
      expect(hook.updateGoal?.(value, value)).toEqual(expect.any(String));
      expect(hook.completeAgent?.(value, value)).toEqual(expect.any(String));
    }
    await expect((hook as unknown as HookAgent).flush()).resolves.toMatchObject({ pending: 0 });
  });

  it.each([
    ["tells no time", () => NaN],
    ["tells one that no date can hold", () => 1e300],
    [
      "fails",
      () => {
        throw new Error("stopped");
      },
    ],
  ])("throws nothing when the warning fails and the clock %s, and records all the same", async (_, now) => {
    const warn = (): never => {
      throw new Error("closed");
    };
    const serviceUrl = `http://127.0.0.1:${await freePort()}`;
    const hook = createHookAgent({ serviceUrl, sessionId: "s1", spool: false, now, warn }, {});
    hook.logAction({ type: "note" });
    const runId = hook.startRun();
    expect(hook.node("step", () => 7, { runId })).toBe(7);
    expect(await hook.close(0)).toMatchObject({ pending: 4, dropped: 0 });
  });

  it("throws nothing where a run is told in an odd way", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    const unreadable = {
      get runId(): never {
        throw new Error("no");
      },
      get status(): never {
        throw new Error("no");
      },
    };
    for (const value of [null, 7, unreadable]) {
      const runId = hook.startRun(value as never);
      expect(hook.withContext({ runId }, () => hook.node("step", () => 7, value as never))).toBe(7);
      expect(hook.completeRun(runId, value as never)).toMatch(UUID);
    }
    await hook.flush();
    expect(stored).toHaveLength(3 * 4);
  });

  it("takes a limit that is not set for the usual one", async () => {
    const { url } = await service();
    const limits = { maxEvents: undefined, maxBytes: undefined } as never;
    const hook = agent({ serviceUrl: url, outbox: limits });
    hook.logAction({ type: "note" });
    expect(await hook.flush()).toMatchObject({ sent: 1, dropped: 0 });
  });

  it("drops what does not fit, counts it, and says so once and to the service", async () => {
    const { url, batches } = await service();
    const hook = agent({ serviceUrl: url, outbox: { maxEvents: 10 } });
    for (let i = 0; i < 25; i += 1) hook.logAction({ type: "note" });
    expect(await hook.flush()).toEqual({
      sent: 10,
      pending: 0,
      dropped: 15,
      rejected: 0,
      spooled: 0,
      redacted: 0,
    });
    expect(batches[0]?.header.producer).toMatchObject({ recorded: 25, dropped: 15 });
    expect(hook.warnings).toEqual([expect.stringContaining("the outbox was full")]);
  });

  it("does not wait for a service that hangs", async () => {
    const { url } = await service({ fault: () => "hang" });
    const hook = agent({ serviceUrl: url, outbox: { maxBytes: 1024 * 1024 } });
    hook.logAction({ type: "note" });
    expect(await hook.flush(100)).toMatchObject({ pending: 1 });
    for (let i = 0; i < 20_000; i += 1) hook.logAction({ type: "note", i });
    const { sent, pending, dropped } = await hook.flush(50);
    expect(sent).toBe(0);
    expect(pending + dropped).toBe(20_001);
    expect(dropped).toBeGreaterThan(0);
  });
});
