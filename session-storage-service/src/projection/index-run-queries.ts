import type { RunStatus, RunSummary } from "session-protocol";
import type { FoundRun, RunFilter, RunPage } from "../domain/reading.js";
import { LARGE } from "./index-runs.js";
import { asText, bindable, type Row, type Sqlite } from "./sqlite.js";

const TEXTS = [
  "run_id",
  "session_id",
  "runs.user_id",
  "agent_id",
  "flow",
  "role",
  "provider",
  "model",
  "task_id",
  "runs.status",
  "started",
  "runs.ended",
  "runs.input",
  "runs.output",
  "error",
];
const NUMBERS =
  "ttl_days, duration_ms, nodes, failed_nodes, activity, tokens, cost_cents, estimated, start_seq, end_seq, large";
const COLUMNS = `${TEXTS.map((name) => `CAST(${name} AS BLOB)`).join(", ")}, ${NUMBERS}`;
const NEWEST_FIRST = "ORDER BY started DESC, start_offset DESC";

const textOf = (value: unknown): string | null => (value === null ? null : asText(value));
const valueOf = (value: unknown): unknown => (value === null ? null : (JSON.parse(asText(value)) as unknown));
const numberOf = (value: unknown): number | null => (value === null ? null : Number(value));

function foundRun(row: Row): FoundRun {
  const [endSeq, large] = [numberOf(row.at(-2)), Number(row.at(-1))];
  return {
    summary: summaryOf(row),
    startSeq: Number(row.at(-3)),
    endSeq,
    isLarge: {
      input: (large & LARGE.input) !== 0,
      output: (large & LARGE.output) !== 0,
      error: (large & LARGE.error) !== 0,
    },
  };
}

function summaryOf(row: Row): RunSummary {
  const [runId, sessionId, userId, agentId, flow, role, provider, model, taskId, status] = row
    .slice(0, 10)
    .map(textOf);
  const [started, ended, input, output, error, ttlDays, durationMs, ...counts] = row.slice(10);
  const [nodeCount, failedNodes, activityCount, tokensUsed, costCents, estimated] = counts.map(Number);
  return {
    runId: runId as string,
    sessionId: sessionId as string,
    userId: userId as string,
    agentId: agentId as string,
    flow: flow ?? null,
    role: role ?? null,
    provider: provider ?? null,
    model: model ?? null,
    taskId: taskId ?? null,
    ttlDays: numberOf(ttlDays),
    status: status as RunStatus,
    startedAt: asText(started),
    completedAt: textOf(ended),
    durationMs: numberOf(durationMs),
    nodeCount: nodeCount as number,
    failedNodes: failedNodes as number,
    activityCount: activityCount as number,
    tokensUsed: tokensUsed as number,
    costCents: costCents as number,
    estimated: estimated === 1,
    input: valueOf(input),
    output: valueOf(output),
    error: valueOf(error),
  };
}

export function findRun(database: Sqlite, runId: string): FoundRun | undefined {
  const sql = `SELECT ${COLUMNS} FROM runs JOIN sessions USING (number) WHERE copied = 0 AND run_id = ? ORDER BY number LIMIT 1`;
  return database.rows(sql, runId).map(foundRun)[0];
}

/** The next ids of runs, in their order; none at the end. */
export function runIdsAfter(database: Sqlite, after: string, limit: number): string[] {
  const sql = `SELECT CAST(run_id AS BLOB) FROM runs INDEXED BY runs_by_id
    WHERE copied = 0 AND run_id > ? ORDER BY run_id LIMIT ?`;
  return database.rows(sql, bindable(after), limit).map(([runId]) => asText(runId));
}

/** The sessions that began these runs, of those there are. */
export function runOwners(database: Sqlite, runIds: readonly string[]): Map<string, string> {
  const sql = `SELECT CAST(run_id AS BLOB), CAST(session_id AS BLOB) FROM json_each(?)
    JOIN runs ON copied = 0 AND run_id = value JOIN sessions USING (number) ORDER BY number DESC`;
  const rows = database.rows(sql, JSON.stringify(runIds));
  return new Map(rows.map(([runId, sessionId]) => [asText(runId), asText(sessionId)]));
}

/** A page is found in an index alone, whatever it skips. */
export function listRuns(database: Sqlite, filter: RunFilter): RunPage {
  const { skip, limit } = filter;
  const { index, conditions } = placeOf(filter);
  const values = conditions.flatMap(([, value]) => (value === undefined ? [] : [bindable(value)]));
  const sql = `SELECT ${COLUMNS} FROM (SELECT id FROM runs INDEXED BY ${index}
    WHERE ${conditions.map(([condition]) => condition).join(" AND ")} ${NEWEST_FIRST} LIMIT ? OFFSET ?)
    JOIN runs USING (id) JOIN sessions USING (number) ${NEWEST_FIRST}`;
  const rows = database.rows(sql, ...values, limit + 1, skip);
  return { runs: rows.slice(0, limit).map(foundRun), more: rows.length > limit };
}

type Condition = readonly [sql: string, value?: string];

function placeOf(filter: RunFilter): { index: string; conditions: Condition[] } {
  const { sessionId, agentId, userId, status, since, until } = filter;
  const conditions: (Condition | undefined)[] = [
    sessionId === undefined
      ? ["copied = 0"]
      : ["number = (SELECT number FROM sessions WHERE session_id = ?)", sessionId],
    agentId === undefined ? undefined : ["agent_id = ?", agentId],
    userId === undefined ? undefined : ["user_id = ?", userId],
    status === undefined ? undefined : ["status = ?", status],
    since === undefined ? undefined : ["started >= ?", since],
    until === undefined ? undefined : ["started <= ?", until],
  ];
  return { index: indexFor(filter), conditions: conditions.filter((condition) => condition !== undefined) };
}

function indexFor({ sessionId, agentId, userId, status }: RunFilter): string {
  if (sessionId !== undefined) return "runs_in_session";
  if (agentId !== undefined && userId !== undefined) return "runs_by_user_agent";
  const owner = agentId !== undefined ? "agent" : userId !== undefined ? "user" : undefined;
  if (owner === undefined) return status === undefined ? "runs_by_started" : "runs_by_status";
  return status === undefined ? `runs_by_${owner}` : `runs_by_${owner}_status`;
}
