import type { BegunRun, EndedRun, IndexedText, LiveRun, RunChanges } from "../domain/run-changes.js";
import { putUsage, type OwnUsage } from "./index-usage.js";
import { bindable, type Sqlite } from "./sqlite.js";

/**
 * `number` is the session's. A copy is a run that a fork has from its source: its session lists it, nobody
 * else does. `large` has a bit for each of input, output and error that was too large to be kept here.
 * The indexes by user and by agent hold all that statistics are made of.
 */
export const RUN_TABLES = `
CREATE TABLE runs(
  id INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,
  run_id TEXT NOT NULL,
  copied INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  status TEXT NOT NULL,
  started TEXT NOT NULL,
  start_offset INTEGER NOT NULL,
  start_seq INTEGER NOT NULL,
  ended TEXT,
  end_seq INTEGER,
  duration_ms REAL,
  nodes INTEGER NOT NULL,
  failed_nodes INTEGER NOT NULL,
  activity INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  cost_cents REAL NOT NULL,
  estimated INTEGER NOT NULL,
  flow TEXT,
  role TEXT,
  provider TEXT,
  model TEXT,
  task_id TEXT,
  ttl_days REAL,
  large INTEGER NOT NULL,
  input TEXT,
  output TEXT,
  error TEXT
);
CREATE UNIQUE INDEX runs_by_session ON runs(number, run_id);
CREATE INDEX runs_in_session ON runs(number, started, start_offset, status);
CREATE INDEX runs_by_id ON runs(run_id) WHERE copied = 0;
CREATE INDEX runs_by_started ON runs(started, start_offset) WHERE copied = 0;
CREATE INDEX runs_by_status ON runs(status, started, start_offset) WHERE copied = 0;
CREATE INDEX runs_by_user ON runs(user_id, started, start_offset, status, duration_ms, tokens, cost_cents, estimated) WHERE copied = 0;
CREATE INDEX runs_by_agent ON runs(agent_id, started, start_offset, status, duration_ms, tokens, cost_cents, estimated) WHERE copied = 0;
CREATE INDEX runs_by_user_status ON runs(user_id, status, started, start_offset) WHERE copied = 0;
CREATE INDEX runs_by_end ON runs(ended, number) WHERE ended IS NOT NULL;
CREATE INDEX runs_by_end_without_ttl ON runs(ended, number) WHERE ended IS NOT NULL AND ttl_days IS NULL;
CREATE INDEX runs_by_expiry ON runs(julianday(ended) + ttl_days, number) WHERE ended IS NOT NULL AND ttl_days IS NOT NULL;
CREATE INDEX runs_by_agent_status ON runs(agent_id, status, started, start_offset) WHERE copied = 0;
CREATE INDEX runs_by_user_agent ON runs(user_id, agent_id, started, start_offset, status) WHERE copied = 0;
`;

export const LARGE = { input: 1, output: 2, error: 4 } as const;

const BEGUN =
  "number, run_id, copied, user_id, agent_id, started, start_offset, start_seq, flow, role, provider, model, task_id, ttl_days, large, input";
const SUMS = "status, ended, duration_ms, nodes, failed_nodes, activity, tokens, cost_cents, estimated";

const values = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `value ->> ${from + index}`).join(", ");

const BEGIN = `INSERT OR REPLACE INTO runs(status, nodes, failed_nodes, activity, tokens, cost_cents, estimated, ${BEGUN})
  SELECT 'running', 0, 0, 0, 0, 0, 0, ${values(0, 15)} FROM json_each(?)`;
const COUNT = `UPDATE runs SET (${SUMS}) = (${values(2, 10)}) FROM json_each(?) WHERE number = value ->> 0 AND run_id = value ->> 1`;
const END = `UPDATE runs SET (${SUMS}, end_seq, output, error) = (${values(2, 13)}), large = large | (value ->> 14)
  FROM json_each(?) WHERE number = value ->> 0 AND run_id = value ->> 1`;

const ROWS_PER_STATEMENT = 1_000;

/** A session's number and owner, with what has changed of its runs and its usage. */
export interface SessionRuns extends OwnUsage {
  readonly runs?: RunChanges | undefined;
}

/** Brings runs and usage into the index; within a transaction. */
export function putRuns(database: Sqlite, sessions: readonly SessionRuns[]): void {
  const each = (statement: string, rows: readonly unknown[]): void => {
    for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
      database.run(statement, JSON.stringify(rows.slice(from, from + ROWS_PER_STATEMENT)));
    }
  };
  each(
    BEGIN,
    sessions.flatMap((session) => (session.runs?.began ?? []).map((run) => begun(session, run))),
  );
  each(
    COUNT,
    sessions.flatMap(({ number, runs }) => newest(runs?.live ?? []).map((run) => sums(number, run))),
  );
  each(
    END,
    sessions.flatMap(({ number, runs }) => (runs?.ended ?? []).map((run) => ended(number, run))),
  );
  putUsage(database, sessions);
}

type Values = (string | number | null)[];

const text = (value: string | null): string | null => (value === null ? null : bindable(value));
const flag = (name: keyof typeof LARGE, { isTooLarge }: IndexedText): number =>
  isTooLarge ? LARGE[name] : 0;

function begun({ number, userId }: SessionRuns, run: BegunRun): Values {
  const { runId, isCopy, agentId, startedAt, offset, seq, ttlDays, input } = run;
  const place = [number, bindable(runId), Number(isCopy), bindable(userId), bindable(agentId)];
  const names = [run.flow, run.role, run.provider, run.model, run.taskId].map(text);
  return [...place, bindable(startedAt), offset, seq, ...names, ttlDays, flag("input", input), input.text];
}

/** One statement changes a row once: of several changes the last counts. */
function newest(runs: readonly LiveRun[]): LiveRun[] {
  return [...new Map(runs.map((run) => [run.runId, run])).values()];
}

function sums(number: number, run: LiveRun | EndedRun): Values {
  const { runId, status, endedAt, durationMs, nodeCount, failedNodes, activityCount } = run;
  const counts = [durationMs, nodeCount, failedNodes, activityCount];
  const costs = [run.tokensUsed, run.costCents, Number(run.estimated)];
  return [number, bindable(runId), bindable(status), text(endedAt), ...counts, ...costs];
}

function ended(number: number, run: EndedRun): Values {
  const { seq, output, error } = run;
  return [...sums(number, run), seq, output.text, error.text, flag("output", output) | flag("error", error)];
}
