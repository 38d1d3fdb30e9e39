import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { idPart } from "../src/record-calls.js";
import { agent, service } from "./support/agents.js";
import type { ReceivedEvent } from "./support/recording-service.js";

const nodesIn = (stored: readonly ReceivedEvent[]): Record<string, unknown>[] =>
  stored.filter(({ type }) => type === "node_executed").map(({ data }) => data);

describe("a run", () => {
  it("is recorded with its nodes as they begin and end, nested as they ran", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    const runId = hook.startRun({ agentId: "governor", flow: "booking", input: { q: "fly" } });
    const answer = await hook.withContext({ runId, agentId: "governor" }, () =>
      hook.node("plan", async () => {
        hook.logAction({ type: "note" });
        const inner = hook.node("sum", () => 1 + 1, { input: [1, 1], nodeType: "tool" });
        await sleep(20);
        return inner;
      }),
    );
    hook.completeRun(runId, { output: answer, tokensUsed: 5 });
    await hook.flush();

    expect(answer).toBe(2);
    expect(stored.map(({ type }) => type)).toEqual([
      "execution_started",
      "node_executed",
      "action",
      "node_executed",
      "node_executed",
      "node_executed",
      "execution_completed",
    ]);
    const [plan, sum, summed, planned] = nodesIn(stored);
    expect(plan).toMatchObject({ runId, nodeType: "function", name: "plan", status: "running" });
    expect(stored[2]?.data).toMatchObject({ runId, agentId: "governor", nodeId: plan?.nodeId });
    expect(sum).toMatchObject({ nodeType: "tool", parentNodeId: plan?.nodeId, input: [1, 1] });
    expect(summed).toMatchObject({ nodeId: sum?.nodeId, status: "completed", output: 2 });
    expect(planned).toMatchObject({ nodeId: plan?.nodeId, status: "completed", output: 2 });
    expect(planned?.durationMs).toBeGreaterThanOrEqual(19);
    expect(stored[0]?.data).toMatchObject({ runId, agentId: "governor", flow: "booking" });
    expect(stored[6]?.data).toMatchObject({ runId, status: "completed", output: 2, tokensUsed: 5 });
  });

  it("has the error of a node that fails, which its caller gets as it was", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    const runId = hook.startRun();
    const error = new Error("no wind");
    const fails = (): never => {
      throw error;
    };
    expect(() => hook.node("now", fails, { runId })).toThrow(error);
    await expect(hook.node("later", () => Promise.reject(error), { runId })).rejects.toBe(error);
    hook.completeRun(runId, { status: "failed", error });
    await hook.flush();
    const failed = nodesIn(stored).filter(({ status }) => status === "failed");
    expect(failed.map(({ name, error: message }) => [name, message])).toEqual([
      ["now", "no wind"],
      ["later", "no wind"],
    ]);
    expect(stored.at(-1)).toMatchObject({
      type: "execution_failed",
      data: { status: "failed", error: "no wind" },
    });
  });

  it("waits for a promise of another realm as for one of its own", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    const work = (): unknown =>
      runInNewContext("new Promise((resolve) => later(() => resolve(7), 20))", { later });
    const later = (done: () => void, ms: number): void => void setTimeout(done, ms);
    expect(await hook.node("work", work, { runId: hook.startRun() })).toBe(7);
    await hook.flush();
    expect(nodesIn(stored).at(-1)).toMatchObject({ status: "completed", output: 7 });
  });

  it("has no node that ends before it begins, though the clock is set back meanwhile", async () => {
    const { url, stored } = await service();
    let nowMs = Date.parse("2026-01-01T12:00:00Z");
    const hook = agent({ serviceUrl: url, now: () => nowMs });
    hook.node("work", () => (nowMs -= 3_600_000), { runId: hook.startRun() });
    await hook.flush();
    const [, end] = nodesIn(stored);
    expect(String(end?.completedAt) >= String(end?.startedAt)).toBe(true);
  });

  it("does not mix parallel branches", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    const branch = (agentId: string) =>
      hook.withContext({ agentId, runId: hook.startRun({ agentId }) }, async () => {
        for (let i = 0; i < 3; i += 1) {
          await sleep(1);
          hook.logAction({ type: "note", of: agentId });
        }
      });
    await Promise.all(["a", "b", "c"].map(branch));
    hook.logAction({ type: "note", of: undefined, agentId: "given" });
    await hook.flush();
    const actions = stored.filter(({ type }) => type === "action").map(({ data }) => data);
    for (const { of, agentId } of actions) expect(agentId).toBe(of ?? "given");
    expect(actions).toHaveLength(10);
  });

  it("is not needed: a node outside of any is only called", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    expect(hook.node("alone", () => 7)).toBe(7);
    hook.logAction({ type: "note" });
    await hook.flush();
    expect(stored).toHaveLength(1);
  });
});

describe("a pipeline", () => {
  it("is a run with a node for every stage, with what went in and came out", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    const mail = hook
      .pipeline<string>("mail")
      .stage("fetch", (folder) => Promise.resolve([`${folder}/1.eml`]))
      .stage("count", (files) => {
        hook.logAction({ type: "note" });
        return files.length;
      });
    expect(await mail.run("inbox")).toBe(1);
    await hook.flush();
    const done = nodesIn(stored).filter(({ status }) => status === "completed");
    expect(done).toMatchObject([
      { nodeId: "fetch", nodeType: "stage", input: "inbox", output: ["inbox/1.eml"] },
      { nodeId: "count", input: ["inbox/1.eml"], output: 1 },
    ]);
    expect(stored[0]).toMatchObject({ type: "execution_started", data: { flow: "mail", input: "inbox" } });
    expect(stored.at(-1)).toMatchObject({ type: "execution_completed", data: { output: 1 } });
    const action = stored.find(({ type }) => type === "action")?.data;
    expect(action).toMatchObject({ agentId: "mail", nodeId: "count", runId: stored[0]?.data.runId });
  });

  it("shows every attempt at a stage, and the one that failed for good with its error", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    let calls = 0;
    const flaky = (): number => {
      calls += 1;
      if (calls < 3) throw new Error(`attempt ${calls}`);
      return calls;
    };
    const pipeline = hook.pipeline("p").stage("draft", flaky, { attempts: 3 });
    expect(await pipeline.run(undefined)).toBe(3);
    const failing = pipeline.stage("draft", () => Promise.reject(new Error("no"))).stage("never", () => 1);
    await expect(failing.run(undefined)).rejects.toThrow("no");
    await hook.flush();
    const ended = nodesIn(stored).filter(({ status }) => status !== "running");
    expect(ended.map(({ nodeId, status, error }) => [nodeId, status, error])).toEqual([
      ["draft", "failed", "attempt 1"],
      ["draft.2", "failed", "attempt 2"],
      ["draft.3", "completed", undefined],
      ["draft", "completed", undefined],
      ["draft-2", "failed", "no"],
    ]);
    expect(ended[1]?.metadata).toEqual({ stage: "draft", attempt: 2, attempts: 3 });
    expect(stored.at(-1)).toMatchObject({
      type: "execution_failed",
      data: { status: "failed", error: "no", failedStage: "draft" },
    });
    expect(stored.at(-1)?.data.durationMs).toBeGreaterThanOrEqual(0);
  });

  it("keeps stages apart whose names come to the same id", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    const pipeline = ["翻译", "审核", "a b", "a-b", "a b-2", "a b"].reduce(
      (longer, name) => longer.stage(name, (calls) => calls + 1),
      hook.pipeline<number>("many"),
    );
    expect(await pipeline.run(0)).toBe(6);
    await hook.flush();
    const done = nodesIn(stored).filter(({ status }) => status === "completed");
    expect(done.map(({ name }) => name)).toEqual(["翻译", "审核", "a b", "a-b", "a b-2", "a b"]);
    expect(new Set(done.map(({ nodeId }) => nodeId)).size).toBe(6);
  });

  it("that is aborted is cancelled, and tries nothing again", async () => {
    const { url, stored } = await service();
    const hook = agent({ serviceUrl: url });
    let calls = 0;
    const stop = new AbortController();
    const wait = async (): Promise<never> => {
      calls += 1;
      stop.abort();
      return sleep(60_000, undefined, { signal: stop.signal }) as Promise<never>;
    };
    const run = hook.pipeline("p").stage("wait", wait, { attempts: 3 }).run(undefined);
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
    await hook.flush();
    expect(calls).toBe(1);
    expect(stored.at(-1)).toMatchObject({ data: { status: "cancelled", failedStage: "wait" } });
  });
});

describe("the heartbeat", () => {
  it("is a batch without events, while nothing else tells that the process lives", async () => {
    const { url, batches } = await service();
    const hook = agent({ serviceUrl: url, heartbeatMs: 50 });
    await sleep(120);
    expect(batches).toHaveLength(0);
    hook.logAction({ type: "note" });
    await expect.poll(() => batches.length).toBeGreaterThan(3);
    expect(batches.at(-1)).toMatchObject({ events: [], header: { producer: { recorded: 1, dropped: 0 } } });
    expect(batches.at(-1)?.header.create).toBeUndefined();
  });

  it("ends where the service does not know it", async () => {
    const { url, batches } = await service({
      fault: ({ events }) => (events.length === 0 ? { status: 400 } : undefined),
    });
    const hook = agent({ serviceUrl: url, heartbeatMs: 50 });
    hook.logAction({ type: "note" });
    await expect.poll(() => batches.length).toBe(2);
    await sleep(200);
    expect(batches).toHaveLength(2);
    expect(hook.warnings).toEqual([]);
  });
});

describe("the id that a name comes to", () => {
  const NAMES = JSON.parse(
    readFileSync(new URL("../contract/names.json", import.meta.url), "utf8"),
  ) as readonly { name: string; id: string }[];

  it.each(NAMES)("was `unknown` for all names without Latin letters: of $name it is $id", ({ name, id }) => {
    expect(idPart(name)).toBe(id);
  });

  it("is no longer than a part of an id may be", () => {
    expect(idPart("a".repeat(100))).toHaveLength(64);
    expect(idPart(`${"a".repeat(100)}天`)).toMatch(/^a{55}-[0-9a-f]{8}$/);
    expect(idPart("é".repeat(100))).toMatch(/^name-[0-9a-f]{8}$/);
  });
});
