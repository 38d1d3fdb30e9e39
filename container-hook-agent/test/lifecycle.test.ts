import { describe, expect, it } from "vitest";
import { createHookAgent, type Reply } from "../src/index.js";
import { agent, freePort, service } from "./support/agents.js";
import type { Fault } from "./support/recording-service.js";

/** Less than any call waits unless it is told, and more than a slow machine needs to end one that waits no longer. */
const UNTOLD_MS = 4_500;

async function timedMs(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

describe("finalizeSession", () => {
  it("sends what is queued, then the end, and resolves when that is acknowledged", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    for (let i = 0; i < 1_200; i += 1) hook.logAction({ type: "note" });
    expect(await hook.finalizeSession({ status: "success", outcome: "booked" })).toEqual({
      finalized: true,
      sent: 1_201,
      pending: 0,
      dropped: 0,
      rejected: 0,
      spooled: 0,
      redacted: 0,
    });
    expect(stored.at(-1)).toMatchObject({
      type: "session_finalized",
      data: { status: "success", outcome: "booked" },
    });
  });

  it("records one end however often it is called, until something else is recorded", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    const both = await Promise.all([hook.finalizeSession(), hook.finalizeSession()]);
    expect(both.map(({ finalized }) => finalized)).toEqual([true, true]);
    expect(await hook.finalizeSession()).toMatchObject({ finalized: true, sent: 1 });
    hook.logAction({ type: "note" });
    await hook.finalizeSession();
    expect(stored.map(({ type }) => type)).toEqual(["session_finalized", "action", "session_finalized"]);
  });

  it("keeps what is recorded after the end out of its batch", async () => {
    const { url, batches } = await service();
    const hook = agent({ serviceUrl: url });
    hook.logAction({ type: "note" });
    const end = hook.finalizeSession();
    hook.logAction({ type: "note" });
    await end;
    await hook.flush();
    expect(batches.map(({ events }) => events.length)).toEqual([2, 1]);
  });

  it("resolves when its time is over, with the outbox full and the service hanging", async () => {
    let hanging = true;
    const { url, stored } = await service({ fault: () => (hanging ? "hang" : undefined) });
    const hook = agent({ serviceUrl: url, outbox: { maxEvents: 3 }, requestTimeoutMs: 400 });
    for (let i = 0; i < 5; i += 1) hook.logAction({ type: "note" });
    expect(await hook.finalizeSession({}, 100)).toEqual({
      finalized: false,
      sent: 0,
      pending: 4,
      dropped: 2,
      rejected: 0,
      spooled: 0,
      redacted: 0,
    });
    hanging = false;
    expect(await hook.finalizeSession()).toMatchObject({ finalized: true, sent: 4 });
    expect(stored.map(({ type }) => type)).toEqual(["action", "action", "action", "session_finalized"]);
  });
});

describe("flush and close", () => {
  it.each(["flush", "close", "finalizeSession"] as const)(
    "%s resolves at once with nothing to do",
    async (call) => {
      const hook = agent({ serviceUrl: `http://127.0.0.1:${await freePort()}` });
      if (call === "finalizeSession")
        expect(await hook.finalizeSession({}, 0)).toMatchObject({ finalized: false });
      else
        expect(await hook[call]()).toEqual({
          sent: 0,
          pending: 0,
          dropped: 0,
          rejected: 0,
          spooled: 0,
          redacted: 0,
        });
    },
  );

  it("close waits as long as it is told and no longer, and says what is pending", async () => {
    const { url } = await service({ fault: () => "hang" });
    const hook = agent({ serviceUrl: url });
    for (let i = 0; i < 3; i += 1) hook.logAction({ type: "note" });
    let delivery;
    const tookMs = await timedMs(async () => (delivery = await hook.close(200)));
    expect(delivery).toEqual({ sent: 0, pending: 3, dropped: 0, rejected: 0, spooled: 0, redacted: 0 });
    expect(tookMs).toBeGreaterThanOrEqual(195);
    expect(tookMs).toBeLessThan(UNTOLD_MS);
  });

  it("close sends what is queued, then drops and counts what comes", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    hook.logAction({ type: "note" });
    const closing = hook.close();
    hook.logAction({ type: "note" });
    expect(await closing).toEqual({ sent: 1, pending: 0, dropped: 1, rejected: 0, spooled: 0, redacted: 0 });
    expect(await hook.close()).toEqual(await closing);
    expect(await hook.finalizeSession()).toMatchObject({ finalized: false, dropped: 2 });
    expect(stored).toHaveLength(1);
  });

  it("flush cuts a backoff short, and leaves alone a service that asked for it", async () => {
    let trouble: Fault | undefined = { status: 503 };
    const { url, batches } = await service({ fault: () => trouble });
    const hook = agent({ serviceUrl: url, random: () => 1_000 });
    hook.logAction({ type: "note" });
    await expect.poll(() => batches.length).toBe(1);
    trouble = undefined;
    // The answer may still be on its way, and the backoff begin after the first flush.
    await expect.poll(() => hook.flush(100)).toMatchObject({ sent: 1 });

    trouble = { status: 503, headers: { "retry-after": "60" } };
    hook.logAction({ type: "note" });
    await expect.poll(() => batches.length).toBe(3);
    await hook.flush(100);
    const before = batches.length;
    expect(await hook.flush(200)).toMatchObject({ pending: 1 });
    expect(batches).toHaveLength(before);
  });

  it.each([NaN, -1, 0])("flush takes %j ms for no time at all", async (timeoutMs) => {
    const { url } = await service({ fault: () => "hang" });
    const hook = agent({ serviceUrl: url });
    hook.logAction({ type: "note" });
    expect(await timedMs(() => hook.flush(timeoutMs))).toBeLessThan(UNTOLD_MS);
  });

  it("flush waits for what was queued at the call, not for what comes after", async () => {
    const { url } = await service();
    const hook = agent({ serviceUrl: url });
    const recorder = setInterval(() => hook.logAction({ type: "note" }), 1);
    hook.logAction({ type: "note" });
    const { sent } = await hook.flush(Infinity);
    clearInterval(recorder);
    expect(sent).toBeGreaterThan(0);
  });
});

describe("testConnection", () => {
  it("is true where the service takes writes", async () => {
    const { url } = await service();
    expect(await agent({ serviceUrl: url }).testConnection()).toBe(true);
  });

  it("is true while a batch hangs", async () => {
    const { url } = await service({ fault: () => "hang" });
    const hook = agent({ serviceUrl: url });
    hook.logAction({ type: "note" });
    await hook.flush(50);
    expect(await hook.testConnection()).toBe(true);
  });

  it("is false where nothing listens, where the address is none, and where the transport fails", async () => {
    expect(await agent({ serviceUrl: `http://127.0.0.1:${await freePort()}` }).testConnection()).toBe(false);
    expect(await agent({ serviceUrl: "nowhere" }).testConnection()).toBe(false);
    const transport = { request: () => Promise.reject(new Error("broken")), close: () => Promise.resolve() };
    expect(await agent({ transport }).testConnection()).toBe(false);
  });

  it("is false once its time is over", async () => {
    const transport = { request: () => new Promise<never>(() => undefined), close: () => Promise.resolve() };
    const hook = agent({ transport });
    expect(await timedMs(() => hook.testConnection(50))).toBeLessThan(UNTOLD_MS);
    expect(await hook.testConnection(50)).toBe(false);
  });
});

describe("an agent whose own parts fail", () => {
  it("harms nobody when it cannot tell that it lives", async () => {
    let beats = 0;
    const request = ({ body }: { body?: string }): Promise<Reply> => {
      if (body?.includes("type") === true) return Promise.resolve({ status: 200, body: { success: true } });
      beats += 1;
      return Promise.reject(new Error("broken"));
    };
    const hook = agent({ transport: { request, close: () => Promise.resolve() }, heartbeatMs: 20 });
    hook.logAction({ type: "note" });
    await expect.poll(() => beats).toBeGreaterThan(2);
    expect(await hook.flush()).toMatchObject({ sent: 1 });
  });

  it("stops, says so, and goes on harming nobody", async () => {
    const warnings: string[] = [];
    const transport = {
      request: () => Promise.reject(new Error("broken")),
      close: () => Promise.reject(new Error("too")),
    };
    const hook = createHookAgent(
      { transport, sessionId: "s1", spool: false, warn: (message) => warnings.push(message) },
      {},
    );
    hook.logAction({ type: "note" });
    expect(await hook.flush(1_000)).toMatchObject({ pending: 1 });
    expect(hook.logAction({ type: "note" })).toEqual(expect.any(String));
    expect(await hook.close()).toMatchObject({ sent: 0 });
    expect(warnings).toEqual([expect.stringContaining("broken"), expect.stringContaining("too")]);
  });
});
