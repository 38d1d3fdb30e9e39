import { describe, expect, it } from "vitest";
import { agent, freePort, problem, service } from "./support/agents.js";
import { startRecordingService } from "./support/recording-service.js";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("a service in trouble", () => {
  it("gets the batch again when it answers 503, and not before the time it asked for", async () => {
    const arrivedMs: number[] = [];
    const { url, stored } = await service({
      fault: (_, number) => {
        arrivedMs.push(performance.now());
        return number === 0 ? { status: 503, headers: { "retry-after": "1" } } : undefined;
      },
    });
    const hook = agent({ serviceUrl: url });
    hook.logAction({ type: "note" });
    expect(await hook.flush()).toEqual({
      sent: 1,
      pending: 0,
      dropped: 0,
      rejected: 0,
      spooled: 0,
      redacted: 0,
    });
    expect(stored).toHaveLength(1);
    expect((arrivedMs[1] ?? 0) - (arrivedMs[0] ?? 0)).toBeGreaterThanOrEqual(990);
    expect(hook.warnings).toEqual([]);
  });

  it.each([408, 429, 500, 507, 302])("gets the batch again when it answers %i", async (status) => {
    const { url, stored } = await service({ fault: (_, number) => (number < 3 ? { status } : undefined) });
    const hook = agent({ serviceUrl: url });
    hook.logAction({ type: "note" });
    expect(await hook.flush()).toMatchObject({ sent: 1, pending: 0 });
    expect(stored).toHaveLength(1);
    expect(hook.warnings).toEqual([expect.stringContaining(`answered ${status}`)]);
  });

  it("gets everything, in order, once it is up", async () => {
    const port = await freePort();
    const hook = agent({ serviceUrl: `http://127.0.0.1:${port}`, random: Math.random });
    for (const i of numbers(1_500)) hook.logAction({ type: "note", i });
    await expect.poll(() => hook.warnings).toEqual([expect.stringContaining("cannot be reached")]);
    expect(await hook.flush(10)).toMatchObject({ sent: 0, pending: 1_500 });

    const { stored } = await service({ port });
    expect(await hook.flush()).toEqual({
      sent: 1_500,
      pending: 0,
      dropped: 0,
      rejected: 0,
      spooled: 0,
      redacted: 0,
    });
    expect(stored.map(({ data }) => data.i)).toEqual(numbers(1_500));
  });

  it("gets what it missed when it went down in between", async () => {
    const first = await startRecordingService();
    const hook = agent({ serviceUrl: first.url });
    hook.logAction({ type: "note", i: 0 });
    await hook.flush();
    await first.close();
    hook.logAction({ type: "note", i: 1 });
    expect(await hook.flush(100)).toMatchObject({ sent: 1, pending: 1 });
    const second = await service({ port: first.port });
    expect(await hook.flush()).toMatchObject({ sent: 2, pending: 0 });
    expect(second.stored.map(({ data }) => data.i)).toEqual([1]);
  });

  it("is sent the same events again when the answer was cut off, and stores them once", async () => {
    const { url, stored, batches } = await service({
      fault: (_, number) => (number < 2 ? "store-and-cut" : undefined),
    });
    const hook = agent({ serviceUrl: url });
    for (const i of numbers(5)) hook.logAction({ type: "note", i });
    expect(await hook.flush()).toEqual({
      sent: 5,
      pending: 0,
      dropped: 0,
      rejected: 0,
      spooled: 0,
      redacted: 0,
    });
    expect(batches).toHaveLength(3);
    expect(batches[2]?.events).toEqual(batches[0]?.events);
    expect(stored.map(({ data }) => data.i)).toEqual(numbers(5));
  });

  it("is given up on after the request's time, and asked again", async () => {
    const { url, stored } = await service({ fault: (_, number) => (number < 2 ? "hang" : undefined) });
    const hook = agent({ serviceUrl: url, requestTimeoutMs: 150 });
    hook.logAction({ type: "note" });
    expect(await hook.flush()).toMatchObject({ sent: 1 });
    expect(stored).toHaveLength(1);
    expect(hook.warnings).toEqual([expect.stringContaining("no answer within 150 ms")]);
  });

  it.each(["It works!", { status: "ok" }, null, undefined])(
    "is not believed when it answers %j",
    async (body) => {
      const { url, stored } = await service({
        fault: (_, number) => (number === 0 ? { status: 200, body } : undefined),
      });
      const hook = agent({ serviceUrl: url });
      hook.logAction({ type: "note" });
      await hook.flush();
      expect(stored).toHaveLength(1);
    },
  );
});

describe("an event the service refuses", () => {
  const isBad = ({ data }: { data: Record<string, unknown> }): boolean => data.bad === true;

  it("is left out when it is named, and the rest arrives", async () => {
    const { url, stored, batches } = await service({
      fault: ({ events }) => {
        const errors = events.flatMap((event, i) =>
          isBad(event) ? [{ path: `events.${i}.data.type`, message: "is required" }] : [],
        );
        return errors.length > 0 ? problem(400, "invalid_request", errors) : undefined;
      },
    });
    const hook = agent({ serviceUrl: url });
    for (const i of numbers(100)) hook.logAction({ type: "note", i, bad: i === 3 || i === 70 });
    expect(await hook.flush()).toEqual({
      sent: 98,
      pending: 0,
      dropped: 2,
      rejected: 2,
      spooled: 0,
      redacted: 0,
    });
    expect(stored.map(({ data }) => data.i)).toEqual(numbers(100).filter((i) => i !== 3 && i !== 70));
    expect(batches).toHaveLength(2);
    expect(batches[1]?.header.producer).toMatchObject({ recorded: 100, dropped: 2 });
    expect(hook.warnings).toEqual([expect.stringContaining("events.3.data.type: is required")]);
  });

  it.each([
    ["one of 1,000", [617], 60],
    ["the first and the last", [0, 999], 60],
    ["all of 100", numbers(100), 110],
  ])("is found when it is not named: %s", async (_, bad, mostRequests) => {
    const { url, stored, batches } = await service({
      fault: ({ events }) => (events.some(isBad) ? problem(404, "goal_not_found") : undefined),
    });
    const hook = agent({ serviceUrl: url });
    const all = numbers(bad.length === 100 ? 100 : 1_000);
    for (const i of all) hook.logAction({ type: "note", i, bad: bad.includes(i) });
    const sent = all.length - bad.length;
    expect(await hook.flush()).toEqual({
      sent,
      pending: 0,
      dropped: bad.length,
      rejected: bad.length,
      spooled: 0,
      redacted: 0,
    });
    expect(stored.map(({ data }) => data.i)).toEqual(all.filter((i) => !bad.includes(i)));
    expect(batches.length).toBeLessThanOrEqual(mostRequests);
  });

  it("takes one request when the session is closed", async () => {
    const { url, batches } = await service({ fault: () => problem(409, "session_closed") });
    const hook = agent({ serviceUrl: url });
    for (const i of numbers(500)) hook.logAction({ type: "note", i });
    expect(await hook.flush()).toEqual({
      sent: 0,
      pending: 0,
      dropped: 500,
      rejected: 500,
      spooled: 0,
      redacted: 0,
    });
    expect(batches).toHaveLength(1);
  });
});

describe("the session's creation", () => {
  it("is left out where the session is another user's", async () => {
    const { url, stored } = await service({
      fault: ({ header }) => (header.create ? problem(409, "session_exists") : undefined),
    });
    const hook = agent({ serviceUrl: url });
    hook.logAction({ type: "note" });
    expect(await hook.flush()).toMatchObject({ sent: 1, rejected: 0 });
    expect(stored).toHaveLength(1);
  });

  it("is sent again whenever the session is gone", async () => {
    const gone = new Set([1, 3]);
    const { url, stored } = await service({
      fault: (_, number) => (gone.has(number) ? problem(404, "session_not_found") : undefined),
    });
    const hook = agent({ serviceUrl: url });
    for (const sent of [1, 2, 3]) {
      hook.logAction({ type: "note" });
      expect(await hook.flush()).toMatchObject({ sent, rejected: 0 });
    }
    expect(stored).toHaveLength(3);
  });

  it("is not tried for ever", async () => {
    const { url, batches } = await service({
      fault: ({ header }) => problem(409, header.create ? "session_exists" : "session_not_found"),
    });
    const hook = agent({ serviceUrl: url });
    hook.logAction({ type: "note" });
    expect(await hook.flush()).toMatchObject({ sent: 0, rejected: 1 });
    expect(batches).toHaveLength(2);
  });
});
