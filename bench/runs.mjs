/** @typedef {import("./session-files.mjs").SessionPlan} SessionPlan */
/** @typedef {import("./session-files.mjs").Step} Step */

const RUNS_PER_SESSION = 1_000;
const MODELS = ["model-1", "model-2", "model-3"];
const AGENTS = 10;
const DAY_MS = 86_400_000;
/** Runs are spread over so many days before the store is made. */
const DAYS = 25;
const STEP_MS = 700;

/** The user whose runs are as many in a large store as in a small one. */
export const USER = "bench-user";
const SESSIONS_OF_USER = 5;

/**
 * What a store of so many runs is filled with: sessions of 1,000, each run with its start, a step, an answer that
 * says what was used, and its end.
 * @param {number} runs
 * @returns {Generator<SessionPlan>}
 */
export function* runSessions(runs) {
  const firstAt = Date.now() - DAYS * DAY_MS;
  const pauseMs = (DAYS * DAY_MS) / runs;
  for (let session = 0; session < runs / RUNS_PER_SESSION; session += 1) {
    const userId = session < SESSIONS_OF_USER ? USER : `other-${session}`;
    const sessionId = `bench-${session + 1}`;
    const from = session * RUNS_PER_SESSION;
    yield { sessionId, userId, steps: sessionRuns(sessionId, from, firstAt, pauseMs) };
  }
}

/**
 * @param {string} sessionId
 * @param {number} from
 * @param {number} firstAt
 * @param {number} pauseMs
 */
function* sessionRuns(sessionId, from, firstAt, pauseMs) {
  for (let number = from; number < from + RUNS_PER_SESSION; number += 1) {
    yield* runSteps(`${sessionId}-run-${number}`, number, Math.floor(firstAt + number * pauseMs));
  }
}

/**
 * One run's events. Of ten one fails.
 * @param {string} runId
 * @param {number} number
 * @param {number} at
 * @returns {Step[]}
 */
function runSteps(runId, number, at) {
  const model = MODELS[number % MODELS.length];
  const failed = number % 10 === 9;
  const usage = { inputTokens: 900 + (number % 100), outputTokens: 80 };
  const end = failed ? { runId, status: "failed", error: "broken" } : { runId, output: "done" };
  const agentId = `agent-${number % AGENTS}`;
  return [
    step(at, "execution_started", { runId, agentId, flow: "bench", model, input: "go" }),
    step(at, "node_executed", { runId, nodeId: "plan", nodeType: "llm", status: "completed", durationMs: 5 }),
    step(at + STEP_MS, "response", { runId, content: "done", usage, costUsd: 0.004 }),
    step(at + STEP_MS + (number % 60), failed ? "execution_failed" : "execution_completed", end),
  ];
}

/**
 * A session of so many events as an agent at work makes them: runs of ten tool calls, with notes and answers between.
 * @param {string} sessionId
 * @param {number} events beside the one that creates it
 * @returns {SessionPlan}
 */
export function workSession(sessionId, events) {
  return { sessionId, userId: USER, steps: workSteps(sessionId, events) };
}

/**
 * @param {string} sessionId
 * @param {number} events
 */
function* workSteps(sessionId, events) {
  const firstAt = Date.now() - DAY_MS;
  let left = events;
  for (let run = 0; left > 0; run += 1) {
    const steps = workOf(`${sessionId}-run-${run}`, firstAt + run).slice(0, left);
    left -= steps.length;
    yield* steps;
  }
}

/**
 * @param {string} runId
 * @param {number} at
 */
function workOf(runId, at) {
  const steps = Array.from({ length: 10 }, (_, number) => [
    step(at, "action", {
      type: "tool_call",
      runId,
      tool: "read_file",
      input: { path: `/workspace/${number}.ts` },
    }),
    step(at, "action", { type: "note", runId, text: "x".repeat(150) }),
    step(at, "response", {
      runId,
      content: "x".repeat(150),
      usage: { inputTokens: 900, outputTokens: 80 },
    }),
    step(at, "state_updated", { currentStep: `step ${number}` }),
  ]);
  return [
    step(at, "execution_started", { runId, agentId: "agent-1" }),
    ...steps.flat(),
    step(at, "execution_completed", { runId }),
  ];
}

const LONG_ENDED_DAYS = 2;
const LARGE_TEXT = 2_000;
const CALLS_PER_RUN = 20;

/**
 * A session with logs of so many bytes, made by runs of which every other one has outlived its time.
 * @param {string} sessionId
 * @param {number} bytes
 * @returns {SessionPlan}
 */
export function expiringSession(sessionId, bytes) {
  return { sessionId, userId: USER, steps: expiringSteps(sessionId, bytes) };
}

/**
 * @param {string} sessionId
 * @param {number} bytes
 */
function* expiringSteps(sessionId, bytes) {
  const firstAt = Date.now() - LONG_ENDED_DAYS * DAY_MS;
  const runs = Math.ceil(bytes / (CALLS_PER_RUN * LARGE_TEXT));
  for (let run = 0; run < runs; run += 1) {
    yield* expiringRun(`${sessionId}-run-${run}`, run % 2 === 0 ? 1 : null, firstAt + run);
  }
}

/**
 * @param {string} runId
 * @param {number | null} ttlDays
 * @param {number} at
 */
function expiringRun(runId, ttlDays, at) {
  const output = "lorem ipsum ".repeat(LARGE_TEXT / 12);
  const calls = Array.from({ length: CALLS_PER_RUN / 2 }, (_, number) => [
    step(at, "action", { type: "tool_call", runId, tool: "read_file", input: { number }, output }),
    step(at, "response", { runId, content: output, usage: { inputTokens: 900, outputTokens: 80 } }),
  ]);
  return [
    step(at, "execution_started", { runId, agentId: "agent-1", ttlDays }),
    ...calls.flat(),
    step(at, "execution_completed", { runId }),
  ];
}

/**
 * So many sessions that have ended and stay, as a store has them after years: short, with one run each.
 * @param {number} sessions
 * @returns {Generator<SessionPlan>}
 */
export function* endedSessions(sessions) {
  const firstAt = Date.now() - DAYS * DAY_MS;
  const pauseMs = (DAYS * DAY_MS) / sessions;
  for (let number = 0; number < sessions; number += 1) {
    const sessionId = `ended-${number + 1}`;
    const at = Math.floor(firstAt + number * pauseMs);
    const steps = [...runSteps(`${sessionId}-run`, number, at), step(at + STEP_MS, "session_finalized", {})];
    yield { sessionId, userId: `user-${number % 100}`, steps };
  }
}

/**
 * @param {number} at
 * @param {Step["type"]} type
 * @param {Step["data"]} data
 * @returns {Step}
 */
function step(at, type, data) {
  return { at, type, data };
}
