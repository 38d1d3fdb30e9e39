import path from "node:path";
import { noSession } from "../domain/errors.js";
import type { ExpiredRun, Expiry } from "../domain/retention.js";
import { totalsOf } from "../domain/runs.js";
import type { Session } from "../domain/session.js";
import type { Sessions } from "../domain/sessions.js";
import { syncPath } from "./archive.js";
import type { IndexDb } from "./index-db.js";
import type { Layout } from "./layout.js";
import { LOG_KINDS, type LogKind } from "./log-line.js";
import { LogRewrite, type Breathe } from "./log-rewrite.js";
import { RunStripper } from "./run-stripper.js";
import type { SessionFiles } from "./session-files.js";
import { wholeLineBytes } from "./session-writer.js";

export interface RunRetentionParts {
  readonly layout: Layout;
  readonly sessions: Sessions;
  readonly files: Pick<SessionFiles, "writeOut" | "logsReplaced" | "apply" | "current">;
  readonly index: () => Pick<IndexDb, "sessionsWithExpiredRuns" | "expiredRuns" | "forgetRuns">;
  /** Empties the journal as far as it can be. Answers from which offset on it still has events. */
  readonly emptyJournal: () => Promise<number>;
  /** Does something while no part of the journal is being let go of. */
  readonly betweenCheckpoints: <T>(work: () => Promise<T>) => Promise<T>;
}

/** How runs are stripped: `dryRun` for the figures only; events from `beforeOffset` on stay. */
export interface Manner {
  readonly dryRun: boolean;
  readonly beforeOffset: number;
  /** Throws where the rest is to be left for another time. */
  readonly breathe: Breathe;
}

/** Runs of one session whose time is over, or some of them. */
export interface SessionWithExpiredRuns {
  readonly sessionId: string;
  readonly expired: readonly ExpiredRun[];
}

export interface Stripped {
  readonly runs: number;
  readonly nodes: number;
  readonly bytes: number;
}

/** Bounds what is held of a session's runs. */
const RUNS_AT_ONCE = 50_000;
/** So much is taken out of the index at once: what it is asked meanwhile waits for that. */
const FORGOTTEN_AT_ONCE = 1_000;
const NOTHING: Stripped = { runs: 0, nodes: 0, bytes: 0 };

/**
 * Runs whose time is over: they leave the index, and their content leaves the logs. Who is reading a log has it
 * open and reads on in what it was.
 */
export class RunRetention {
  constructor(private readonly parts: RunRetentionParts) {}

  /** Events before this offset may be changed: the journal has none of them any more. */
  async stripsBefore(dryRun: boolean): Promise<number> {
    return dryRun ? Infinity : this.parts.emptyJournal();
  }

  async *expired(expiry: Expiry): AsyncGenerator<SessionWithExpiredRuns> {
    const { index } = this.parts;
    for (let after = 0; ;) {
      const sessions = await index().sessionsWithExpiredRuns({ expiry, after });
      for (const { sessionId } of sessions) yield* this.#runsOf(sessionId, expiry);
      const last = sessions.at(-1);
      if (last === undefined) return;
      after = last.number;
    }
  }

  async *#runsOf(sessionId: string, expiry: Expiry): AsyncGenerator<SessionWithExpiredRuns> {
    for (let after = ""; ;) {
      const expired = await this.parts.index().expiredRuns({ sessionId, expiry, after, limit: RUNS_AT_ONCE });
      if (expired.length > 0) yield { sessionId, expired };
      if (expired.length < RUNS_AT_ONCE) return;
      after = expired.at(-1)?.runId ?? "";
    }
  }

  /** Some of these runs may stay for now: they are running again, or were told of of late. */
  async strip({ sessionId, expired }: SessionWithExpiredRuns, manner: Manner): Promise<Stripped> {
    const session = await this.parts.sessions.get(sessionId).catch(noSession);
    if (session === undefined) return NOTHING;
    this.parts.files.writeOut(sessionId);
    const over = expired.filter(({ runId }) => isOver(session, runId));
    const late = new Set<string>();
    const stripped = await this.#attempt(session, over, manner, late);
    if (stripped !== undefined || late.size === 0) return stripped ?? NOTHING;
    const rest = over.filter(({ runId }) => !late.has(runId));
    return (await this.#attempt(session, rest, manner, late)) ?? NOTHING;
  }

  /** All of these runs or none: undefined where one is `late`, or has changed meanwhile. */
  async #attempt(
    session: Session,
    runs: readonly ExpiredRun[],
    manner: Manner,
    late: Set<string>,
  ): Promise<Stripped | undefined> {
    if (runs.length === 0) return NOTHING;
    const { sessionId } = session;
    const stripper = new RunStripper({ ...describe(session, runs), beforeOffset: manner.beforeOffset });
    const rewrites: LogRewrite[] = [];
    try {
      for (const kind of LOG_KINDS) {
        const rewrite = await this.#rewrite(sessionId, kind, stripper, manner);
        if (rewrite !== undefined) rewrites.push(rewrite);
      }
      for (const runId of stripper.late) late.add(runId);
      if (stripper.late.size > 0) return undefined;
      if (!manner.dryRun && !(await this.#putInPlace(sessionId, rewrites, runs))) return undefined;
    } finally {
      for (const rewrite of rewrites) await rewrite.close();
    }
    if (!manner.dryRun) await this.#forget(sessionId, runs, stripper);
    const bytes = rewrites.reduce((sum, { freed }) => sum + freed, 0);
    return { runs: runs.length, nodes: runs.reduce((sum, { nodes }) => sum + nodes, 0), bytes };
  }

  async #rewrite(
    sessionId: string,
    kind: LogKind,
    stripper: RunStripper,
    { dryRun, breathe }: Manner,
  ): Promise<LogRewrite | undefined> {
    const file = this.parts.layout.log(sessionId, kind);
    const size = wholeLineBytes(file);
    if (size === 0) return undefined;
    return LogRewrite.make(file, size, {
      rewriting: (line) => stripper.strip(kind, line),
      temporary: dryRun ? undefined : path.join(path.dirname(file), `.${kind}.jsonl.new`),
      breathe,
    });
  }

  /**
   * In a turn of its own: who has been told how large a log is has opened it by then. What is appended until
   * then is in the journal, or synced.
   */
  #putInPlace(
    sessionId: string,
    rewrites: readonly LogRewrite[],
    runs: readonly ExpiredRun[],
  ): Promise<boolean> {
    const { files, layout, betweenCheckpoints } = this.parts;
    const swap = (): boolean => {
      const open = files.current(sessionId);
      const isSame = rewrites.every(({ isCurrent }) => isCurrent);
      if (!isSame || (open !== undefined && !runs.every(({ runId }) => isOver(open, runId)))) return false;
      for (const rewrite of rewrites) rewrite.complete();
      try {
        for (const rewrite of rewrites) rewrite.putInPlace();
      } finally {
        files.logsReplaced(sessionId);
      }
      return true;
    };
    return betweenCheckpoints(async () => {
      for (const rewrite of rewrites) await rewrite.catchUp();
      const replaced = await inOwnTurn(swap);
      if (replaced) await syncPath(layout.session(sessionId));
      return replaced;
    });
  }

  /** The index is told how large the logs are now, and has nothing of these runs any more. */
  async #forget(sessionId: string, runs: readonly ExpiredRun[], { seqs }: RunStripper): Promise<void> {
    const { index, sessions, files } = this.parts;
    const session = await sessions.get(sessionId).catch(noSession);
    if (session === undefined) return;
    files.apply(session, []);
    for (const some of seqs.slices(FORGOTTEN_AT_ONCE)) {
      await index().forgetRuns({ sessionId, runIds: [], seqs: some });
    }
    for (let from = 0; from < runs.length; from += FORGOTTEN_AT_ONCE) {
      const runIds = runs.slice(from, from + FORGOTTEN_AT_ONCE).map(({ runId }) => runId);
      await index().forgetRuns({ sessionId, runIds, seqs: [] });
    }
  }
}

/** One that was interrupted may go on. */
function isOver({ runs }: Session, runId: string): boolean {
  return runs.open.get(runId)?.interruptedAt !== null;
}

function describe(session: Session, runs: readonly ExpiredRun[]) {
  const interrupted = runs.flatMap(({ runId }) => session.runs.open.get(runId) ?? []);
  const totals = new Map(
    interrupted.map((run) => [run.runId, totalsOf(run, run.interruptedAt ?? run.startedAt)]),
  );
  return { sessionId: session.sessionId, runs: new Map(runs.map((run) => [run.runId, run])), totals };
}

function inOwnTurn<T>(work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}
