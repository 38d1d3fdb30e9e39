import { createHookAgent } from "../../../container-hook-agent/src/index.js";
import type { Stage } from "./stage.js";

/** How long the service was away. */
const AWAY_MS = 3_600_000;

/**
 * A session that was over an hour before the service had any of it: a run of a minute, in which a call took half of
 * it and a specialist failed. Answers when the call began.
 */
export async function recordThroughOutage(stage: Stage, sessionId: string): Promise<number> {
  // Nobody looks on: a page would complain of the service that is away.
  await stage.page.goto("about:blank");
  await stage.stopService();
  let nowMs = Math.floor(Date.now() / 1_000) * 1_000 - AWAY_MS;
  const options = {
    serviceUrl: stage.service.url,
    sessionId,
    userId: "ada",
    spool: false,
    warn: () => undefined,
  } as const;
  const agent = createHookAgent({ ...options, now: () => nowMs }, {});
  const runId = agent.startRun({ agentId: "governor" });
  nowMs += 10_000;
  const calledMs = nowMs;
  nowMs += 30_000;
  const call = { type: "bash_exec", tool: "Bash", agentId: "governor", runId };
  agent.logAction({ ...call, input: { command: "make" }, startedAt: new Date(calledMs).toISOString() });
  agent.spawnAgent({ agentId: "one", type: "booking", parentAgentId: "governor" });
  agent.logAction({ type: "tool_call", tool: "Book", agentId: "one", runId, error: "none is free" });
  nowMs += 20_000;
  agent.completeRun(runId, { status: "failed", error: "no flight" });
  await stage.startService();
  await agent.close(60_000);
  return calledMs;
}
