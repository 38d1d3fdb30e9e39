import { describe, expect, it } from "vitest";
import { NotStored } from "../src/index.js";
import { agent, freePort, problem, service } from "./support/agents.js";
import { temporaryFolder } from "./support/folders.js";

describe("strict mode", () => {
  it("answers what the plain call would, once the service has stored the event", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    const durable = { durable: true } as const;
    const action = await hook.logAction({ type: "note" }, durable);
    const goal = await hook.addGoal({ description: "one" }, durable);
    const specialist = await hook.spawnAgent({ type: "weather" }, durable);
    await hook.updateGoal(goal, { status: "completed" }, durable);
    await hook.completeAgent(specialist, {}, durable);
    await hook.logResponse({ content: "x" }, durable);
    await hook.updateState({ phase: "x" }, durable);
    expect(stored).toHaveLength(7);
    expect(stored[0]?.id).toBe(action);
    expect(stored[1]?.data.id).toBe(goal);
    expect(stored[2]?.data.agentId).toBe(specialist);
  });

  it("rejects with the reason where the service refuses the event", async () => {
    const { url } = await service({
      fault: ({ events }) => (events.length > 0 ? problem(404, "goal_not_found") : undefined),
    });
    const refused = agent({ serviceUrl: url }).updateGoal("none", { status: "completed" }, { durable: true });
    await expect(refused).rejects.toThrow(NotStored);
    await expect(refused).rejects.toMatchObject({
      isQueued: false,
      message: expect.stringContaining("goal_not_found") as unknown,
    });
  });

  it("rejects what does not fit, and what comes after close", async () => {
    const hook = agent({ serviceUrl: `http://127.0.0.1:${await freePort()}`, outbox: { maxEvents: 0 } });
    const durable = { durable: true } as const;
    await expect(hook.logAction({ type: "note" }, durable)).rejects.toThrow("there is no room");
    await hook.close(0);
    await expect(hook.logAction({ type: "note" }, durable)).rejects.toThrow("closed");
  });

  it("rejects after its time, and the event is sent all the same", async () => {
    const port = await freePort();
    const hook = agent({ serviceUrl: `http://127.0.0.1:${port}` });
    const late = hook.logAction({ type: "note" }, { durable: true, timeoutMs: 100 });
    await expect(late).rejects.toMatchObject({ isQueued: true });
    const { stored } = await service({ port });
    await hook.flush();
    expect(stored).toHaveLength(1);
  });

  it("waits as long as it takes where it is told to", async () => {
    const port = await freePort();
    const hook = agent({ serviceUrl: `http://127.0.0.1:${port}` });
    const stored = hook.logAction({ type: "note", id: "mine" }, { durable: true, timeoutMs: Infinity });
    const after = await Promise.race([stored, hook.flush(100).then(() => "still waiting")]);
    expect(after).toBe("still waiting");
    await service({ port });
    await hook.flush();
    expect(await stored).toBe("mine");
  });

  it("waits for an event that went to disk meanwhile", async () => {
    const port = await freePort();
    const folder = temporaryFolder();
    const hook = agent({ serviceUrl: `http://127.0.0.1:${port}`, spool: { folder } });
    const stored = hook.logAction({ type: "note", id: "mine" }, { durable: true });
    await expect.poll(() => hook.flush(50)).toMatchObject({ spooled: 1 });
    await service({ port });
    await hook.flush();
    expect(await stored).toBe("mine");
  });
});
