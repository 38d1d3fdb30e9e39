import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VerifyResult } from "session-protocol";
import { beforeAll, describe, expect, it } from "vitest";
import { createHttpTransport, type Transport } from "../src/transport.js";
import { agent, freePort } from "./support/agents.js";
import { LOAD, PATIENT, runScript } from "./support/child.js";
import { startService, type ServiceProcess } from "./support/service-process.js";

type Json = Record<string, unknown>;

let dataDir: string;
let service: ServiceProcess;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "hook-agent-"));
  service = await startService(dataDir, await freePort());
  return async () => {
    await service.end("SIGTERM");
    await rm(dataDir, { recursive: true });
  };
});

async function get<T>(path: string): Promise<T> {
  const response = await fetch(service.url + path);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

async function fileOf(sessionId: string, name: string): Promise<Json[]> {
  const text = await readFile(join(dataDir, "sessions", sessionId, name), "utf8");
  return (name.endsWith(".jsonl") ? text.trim().split("\n") : [text]).map((line) => JSON.parse(line) as Json);
}

/** What the test numbered its actions with, as the file has them. The file follows the acknowledgement. */
const numbersIn = async (sessionId: string): Promise<unknown[]> =>
  (await fileOf(sessionId, "actions.jsonl")).map(({ i }) => i);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const verdictOn = (sessionId: string): Promise<VerifyResult> => get(`/api/sessions/${sessionId}/verify`);

describe("a session recorded with the real service", () => {
  it("is there over REST and in the files, whole and in order", async () => {
    const hook = agent({
      serviceUrl: service.url,
      sessionId: "whole",
      session: { name: "booking", tags: ["test"], initial: { task: "book a flight" } },
    });
    expect(await hook.testConnection()).toBe(true);
    const goal = hook.addGoal({ description: "answer the customer", priority: "high" });
    const specialist = hook.spawnAgent({ type: "weather", task: "wind at noon" });
    const action = hook.logAction({
      type: "tool_call",
      tool: "forecast",
      agentId: specialist,
      input: { hour: 12 },
    });
    hook.logAction({ type: "bash_exec", input: "ls", timestamp: "2026-01-01T00:00:00.000Z" });
    hook.logResponse({
      content: "12 knots",
      model: "scripted",
      actionId: action,
      usage: { inputTokens: 50, outputTokens: 7 },
      costUsd: 0.25,
    });
    hook.updateState({ phase: "answering", currentStep: "draft" });
    hook.updateGoal(goal, { status: "completed" });
    hook.completeAgent(specialist, { status: "completed", result: "fly" });
    const end = await hook.finalizeSession({ status: "success", outcome: "booked" });
    expect(end).toEqual({
      finalized: true,
      sent: 9,
      pending: 0,
      dropped: 0,
      rejected: 0,
      spooled: 0,
      redacted: 0,
    });
    expect(hook.warnings).toEqual([]);

    const session = await get<{ metadata: Json; initial: Json; state: Json; final: Json }>(
      "/api/sessions/whole",
    );
    expect(session).toMatchObject({
      metadata: {
        userId: "u1",
        name: "booking",
        tags: ["test"],
        status: "completed",
        costUsd: 0.25,
        tokenUsage: { input: 50, output: 7 },
        metrics: { actions: 2, responses: 1, toolCalls: 1, bashCommands: 1 },
        seq: 10,
      },
      initial: { task: "book a flight" },
      state: {
        phase: "answering",
        currentStep: "draft",
        goals: [{ id: goal, description: "answer the customer", status: "completed" }],
        agents: { active: [], completed: [{ agentId: specialist, status: "completed", result: "fly" }] },
      },
      final: { status: "success", outcome: "booked" },
    });
    expect(await get<Json[]>("/api/actions/whole")).toMatchObject([
      { id: action, tool: "forecast", input: { hour: 12 } },
      { type: "bash_exec", timestamp: "2026-01-01T00:00:00.000Z" },
    ]);
    const verdict = await verdictOn("whole");
    expect(verdict).toMatchObject({ complete: true, lastSeq: 10, missing: [] });
    expect(verdict.producers).toMatchObject([
      { recorded: 9, stored: 9, duplicates: 0, dropped: 0, missing: 0 },
    ]);

    const final = () => fileOf("whole", "final.json").catch(() => []);
    await expect.poll(final).toMatchObject([{ outcome: "booked" }]);
    expect(await fileOf("whole", "actions.jsonl")).toMatchObject([{ seq: 4, id: action }, { seq: 5 }]);
    expect(await fileOf("whole", "responses.jsonl")).toMatchObject([{ seq: 6, content: "12 knots" }]);
    expect((await fileOf("whole", "events.jsonl")).map(({ type }) => type)).toEqual([
      "session_created",
      "goal_added",
      "agent_spawned",
      "state_updated",
      "goal_updated",
      "agent_completed",
      "session_finalized",
    ]);
  });

  it("holds everything a process recorded before it came to its end", async () => {
    const ended = await runScript(
      `${LOAD}${PATIENT} for (let i = 0; i < 3_000; i++) hook.logAction({ type: "note", i });`,
      { SESSION_SERVICE_URL: service.url, SESSION_ID: "of-a-process", SESSION_USER_ID: "u2" },
    );
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(await verdictOn("of-a-process")).toMatchObject({ complete: true, lastSeq: 3_001 });
    expect(await numbersIn("of-a-process")).toEqual(upTo(3_000));
  });

  it("loses what the service refuses and nothing else", async () => {
    const hook = agent({ serviceUrl: service.url, sessionId: "refused" });
    const specialist = hook.spawnAgent({ type: "weather" });
    for (let i = 0; i < 200; i += 1) {
      hook.logAction({ type: "note", i });
      if (i === 20) hook.updateGoal("no-such-goal", { status: "completed" });
      if (i === 40) hook.logAction({ type: "note", texts: Array(3_000).fill("x".repeat(500)) });
      if (i === 60) hook.logAction({} as never);
      if (i === 80) hook.updateState({ agents: [] });
      if (i > 100 && i < 110) hook.completeAgent(specialist);
    }
    expect(await hook.flush()).toEqual({
      sent: 202,
      pending: 0,
      dropped: 12,
      rejected: 12,
      spooled: 0,
      redacted: 0,
    });
    await expect.poll(() => numbersIn("refused")).toEqual(upTo(200));
    hook.logAction({ type: "note" });
    await hook.flush();
    const verdict = await verdictOn("refused");
    expect(verdict.complete).toBe(true);
    expect(verdict.producers).toMatchObject([{ recorded: 215, stored: 203, dropped: 12, missing: 0 }]);
  });

  it("is shared with whoever created it under another user", async () => {
    const body = JSON.stringify({ sessionId: "shared", userId: "alice", initial: { task: "shared" } });
    const headers = { "content-type": "application/json" };
    expect((await fetch(`${service.url}/api/sessions`, { method: "POST", headers, body })).status).toBe(201);
    const hook = agent({ serviceUrl: service.url, sessionId: "shared", userId: "bob" });
    hook.logAction({ type: "note" });
    expect(await hook.flush()).toMatchObject({ sent: 1, rejected: 0 });
    expect(await get("/api/sessions/shared")).toMatchObject({ metadata: { userId: "alice", seq: 2 } });
  });

  it("holds once what was delivered again and again", async () => {
    const real = createHttpTransport({ serviceUrl: service.url, requestTimeoutMs: 30_000, now: Date.now });
    let requests = 0;
    const forgetful: Transport = {
      async request(request) {
        const reply = await real.request(request);
        requests += 1;
        return requests % 3 === 0 ? reply : { failure: "the answer was lost" };
      },
      close: () => real.close(),
    };
    const hook = agent({ transport: forgetful, sessionId: "once" });
    hook.addGoal({ description: "once" });
    for (let i = 0; i < 1_500; i += 1) hook.logAction({ type: "note", i });
    expect(await hook.finalizeSession()).toMatchObject({ finalized: true, sent: 1_502 });
    const verdict = await verdictOn("once");
    expect(verdict).toMatchObject({ complete: true, lastSeq: 1_503 });
    expect(verdict.producers).toMatchObject([{ recorded: 1_502, stored: 1_502, missing: 0 }]);
  });

  it("shows a pipeline as a run with its stages, its retry and its responses", async () => {
    const hook = agent({ serviceUrl: service.url, sessionId: "pipeline" });
    let tries = 0;
    const draft = (words: string[]): string => {
      hook.logResponse({ content: "Dear", usage: { inputTokens: 30, outputTokens: 4 } });
      tries += 1;
      if (tries === 1) throw new Error("model overloaded");
      return words.join(" ");
    };
    const mail = hook
      .pipeline<string>("email solver")
      .stage("fetch", (text) => text.split(" "))
      .stage("draft", draft, { attempts: 2 });
    expect(await mail.run("Dear Jane")).toBe("Dear Jane");
    await expect(
      mail.stage("review", () => Promise.reject(new Error("too short"))).run("Hi"),
    ).rejects.toThrow();
    expect(await hook.flush()).toMatchObject({ pending: 0, dropped: 0 });

    const runs = await get<Json[]>("/api/sessions/pipeline/runs");
    expect(runs).toHaveLength(2);
    expect(runs).toContainEqual(
      expect.objectContaining({
        agentId: "email-solver",
        flow: "email solver",
        status: "completed",
        nodeCount: 3,
        failedNodes: 1,
        tokensUsed: 68,
        output: "Dear Jane",
      }),
    );
    expect(runs).toContainEqual(expect.objectContaining({ status: "failed", error: "too short" }));
    expect(await verdictOn("pipeline")).toMatchObject({ complete: true });
  });

  it("is whole although the service was killed and started again under load", async () => {
    const hook = agent({
      serviceUrl: service.url,
      sessionId: "killed",
      random: Math.random,
      outbox: { maxEvents: 100_000 },
    });
    let recorded = 0;
    const recorder = setInterval(() => {
      for (let i = 0; i < 4; i += 1) hook.logAction({ type: "note", i: recorded++ });
    }, 2);
    for (let round = 0; round < 3; round += 1) {
      await hook.flush(300);
      await service.end("SIGKILL");
      await hook.flush(200);
      service = await startService(dataDir, service.port);
    }
    clearInterval(recorder);
    const end = await hook.finalizeSession();
    expect(end).toEqual({
      finalized: true,
      sent: recorded + 1,
      pending: 0,
      dropped: 0,
      rejected: 0,
      spooled: 0,
      redacted: 0,
    });
    expect(await verdictOn("killed")).toMatchObject({ complete: true, lastSeq: recorded + 2 });
    await expect.poll(() => numbersIn("killed")).toEqual(upTo(recorded));
  });
});
