/** As many as one batch may hold. */
const EVENTS_PER_BATCH = 1_000;
const RUNS_PER_SESSION = 1_000;
const MODELS = ["model-1", "model-2", "model-3"];
const AGENTS = 10;

/** The user whose runs are as many in a large store as in a small one. */
export const USER = "bench-user";
const SESSIONS_OF_USER = 5;

/**
 * What a store of so many runs is filled with: whole sessions, one after the other, each run with its start, a
 * step, an answer that says what was used, and its end.
 * @param {number} runs
 */
export function* runBatches(runs) {
  for (let session = 0; session < runs / RUNS_PER_SESSION; session += 1) {
    const userId = session < SESSIONS_OF_USER ? USER : `other-${session}`;
    const sessionId = `bench-${session + 1}`;
    yield* inBatches(sessionId, userId, sessionRuns(sessionId, session * RUNS_PER_SESSION));
  }
}

/**
 * A run's events stay together: batches are sent side by side and may arrive in any order.
 * @param {string} sessionId
 * @param {string} userId
 * @param {Iterable<string[]>} runs
 */
function* inBatches(sessionId, userId, runs) {
  const first = JSON.stringify({ batch: { create: { userId, initial: { goal: "measure" } } } });
  const bodyOf = (/** @type {string[]} */ lines) => ({
    sessionId,
    body: `${[first, ...lines].join("\n")}\n`,
  });
  let held = [];
  for (const run of runs) {
    if (held.length + run.length > EVENTS_PER_BATCH) {
      yield bodyOf(held);
      held = [];
    }
    held.push(...run);
  }
  yield bodyOf(held);
}

/**
 * @param {string} sessionId
 * @param {number} from
 */
function* sessionRuns(sessionId, from) {
  for (let at = from; at < from + RUNS_PER_SESSION; at += 1) yield runLines(`${sessionId}-run-${at}`, at);
}

/**
 * One run's events. Of ten one fails.
 * @param {string} runId
 * @param {number} at
 */
function runLines(runId, at) {
  const model = MODELS[at % MODELS.length];
  const failed = at % 10 === 9;
  const usage = { inputTokens: 900 + (at % 100), outputTokens: 80 };
  const end = failed ? { runId, status: "failed", error: "broken" } : { runId, output: "done" };
  return [
    line("execution_started", { runId, agentId: `agent-${at % AGENTS}`, flow: "bench", model, input: "go" }),
    line("node_executed", { runId, nodeId: "plan", nodeType: "llm", status: "completed", durationMs: 5 }),
    line("response", { runId, content: "done", usage, costUsd: 0.004 }),
    line(failed ? "execution_failed" : "execution_completed", end),
  ];
}

/**
 * A session of so many events as an agent at work makes them: runs of ten tool calls, with notes and answers between.
 * @param {string} sessionId
 * @param {number} events
 */
export function workBatches(sessionId, events) {
  return inBatches(sessionId, USER, workRuns(sessionId, events));
}

/**
 * @param {string} sessionId
 * @param {number} events
 */
function* workRuns(sessionId, events) {
  let left = events;
  for (let run = 0; left > 0; run += 1) {
    const lines = workOf(`${sessionId}-run-${run}`).slice(0, left);
    left -= lines.length;
    yield lines;
  }
}

/** @param {string} runId */
function workOf(runId) {
  const steps = Array.from({ length: 10 }, (_, at) => [
    line("action", { type: "tool_call", runId, tool: "read_file", input: { path: `/workspace/${at}.ts` } }),
    line("action", { type: "note", runId, text: "x".repeat(150) }),
    line("response", { runId, content: "x".repeat(150), usage: { inputTokens: 900, outputTokens: 80 } }),
    line("state_updated", { currentStep: `step ${at}` }),
  ]);
  return [
    line("execution_started", { runId, agentId: "agent-1" }),
    ...steps.flat(),
    line("execution_completed", { runId }),
  ];
}

/**
 * @param {string} type
 * @param {object} data
 */
function line(type, data) {
  return JSON.stringify({ type, data });
}
