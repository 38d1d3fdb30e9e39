import fs from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { SessionNotFound } from "../domain/errors.js";
import type { ExpiredRun, Expiry } from "../domain/retention.js";
import { totalsOf } from "../domain/runs.js";
import type { Session } from "../domain/session.js";
import type { Sessions } from "../domain/sessions.js";
import { syncPath } from "./archive.js";
import type { IndexDb } from "./index-db.js";
import type { Layout } from "./layout.js";
import type { LogKind } from "./log-line.js";
import { rewriteLog } from "./log-rewrite.js";
import type { Readers } from "./readers.js";
import { RunStripper } from "./run-stripper.js";
import type { SessionFiles } from "./session-files.js";
import { wholeLineBytes } from "./session-writer.js";

/** That with the ends of runs comes last: until it is done the runs count as there. */
const IN_ORDER: readonly LogKind[] = ["actions", "responses", "events"];

export interface RunRetentionParts {
  readonly layout: Layout;
  readonly sessions: Sessions;
  readonly files: Pick<SessionFiles, "flushSession" | "replaceLog" | "apply" | "current">;
  readonly readers: Readers;
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
}

/** Bounds what is held of a session's runs. */
const RUNS_AT_ONCE = 10_000;
const ALL = -1;

export interface Stripped {
  readonly runs: number;
  readonly nodes: number;
  readonly bytes: number;
}

const NOTHING: Stripped = { runs: 0, nodes: 0, bytes: 0 };

/** Runs whose time is over: they leave the index, and their content leaves the logs. */
export class RunRetention {
  constructor(private readonly parts: RunRetentionParts) {}

  /** Events before this offset may be changed: the journal has none of them any more. */
  async stripsBefore(dryRun: boolean): Promise<number> {
    return dryRun ? Infinity : this.parts.emptyJournal();
  }

  sessions(expiry: Expiry): Promise<string[]> {
    return this.parts.index().sessionsWithExpiredRuns(expiry);
  }

  /** Some of a session's expired runs. None where none are left, or where they are to stay for now. */
  async strip(sessionId: string, expiry: Expiry, { dryRun, beforeOffset }: Manner): Promise<Stripped> {
    const { index, sessions, readers, files } = this.parts;
    const limit = dryRun ? ALL : RUNS_AT_ONCE;
    const expired = await index().expiredRuns({ sessionId, expiry, limit });
    if (expired.length === 0 || readers.isReading(sessionId)) return NOTHING;
    const session = await sessions.get(sessionId).catch(gone);
    if (session === undefined) return NOTHING;
    files.flushSession(sessionId);
    const runs = expired.filter(({ runId }) => session.runs.open.get(runId)?.interruptedAt !== null);
    const stripper = new RunStripper({ ...describe(session, runs), beforeOffset });
    let bytes = 0;
    for (const kind of IN_ORDER) {
      const freed = await this.#rewrite(sessionId, kind, stripper, runs, dryRun);
      if (freed === undefined) return NOTHING;
      bytes += freed;
    }
    const whole = runs.filter(({ runId }) => !stripper.late.has(runId));
    if (!dryRun) await this.#forget(sessionId, whole, stripper.seqs);
    return { runs: whole.length, nodes: whole.reduce((sum, { nodes }) => sum + nodes, 0), bytes };
  }

  /** Bytes freed; undefined where the log was left as it is. */
  async #rewrite(
    sessionId: string,
    kind: LogKind,
    stripper: RunStripper,
    runs: readonly ExpiredRun[],
    dryRun: boolean,
  ): Promise<number | undefined> {
    const file = this.parts.layout.log(sessionId, kind);
    const size = wholeLineBytes(file);
    if (size === 0) return 0;
    const temporary = dryRun ? undefined : path.join(path.dirname(file), `.${kind}.jsonl.new`);
    const { ino } = fs.statSync(file);
    const written = await rewriteLog(file, size, (line) => stripper.strip(kind, line), temporary);
    if (temporary === undefined || written === size) {
      if (temporary !== undefined) await rm(temporary);
      return size - written;
    }
    const isSame = (): boolean =>
      fs.statSync(file, { throwIfNoEntry: false })?.ino === ino && this.#isFree(sessionId, runs);
    const replaced = await this.#replace(sessionId, kind, { temporary, size, isSame });
    if (!replaced) await rm(temporary, { force: true });
    return replaced ? size - written : undefined;
  }

  /**
   * In a turn of its own: who has been told how large the log is has opened it by then. Until the journal lets
   * go of what was appended meanwhile, the session is synced again.
   */
  #replace(
    sessionId: string,
    kind: LogKind,
    { temporary, size, isSame }: { temporary: string; size: number; isSame: () => boolean },
  ): Promise<boolean> {
    const { files, layout, betweenCheckpoints } = this.parts;
    const swap = (): boolean => {
      if (!isSame()) return false;
      files.replaceLog(sessionId, kind, size, temporary);
      return true;
    };
    return betweenCheckpoints(async () => {
      const replaced = await inOwnTurn(swap);
      if (replaced) await syncPath(layout.session(sessionId));
      return replaced;
    });
  }

  #isFree(sessionId: string, runs: readonly ExpiredRun[]): boolean {
    if (this.parts.readers.isReading(sessionId)) return false;
    const open = this.parts.files.current(sessionId)?.runs.open;
    return runs.every(({ runId }) => open?.get(runId)?.interruptedAt !== null);
  }

  /** The index is told how large the logs are now, and has nothing of these runs any more. */
  async #forget(sessionId: string, runs: readonly ExpiredRun[], seqs: readonly number[]): Promise<void> {
    const { index, sessions, files } = this.parts;
    const session = await sessions.get(sessionId).catch(gone);
    if (session === undefined) return;
    files.apply(session, []);
    await index().forgetRuns({ sessionId, runIds: runs.map(({ runId }) => runId), seqs });
  }
}

function describe(session: Session, runs: readonly ExpiredRun[]) {
  const runIds = new Set(runs.map(({ runId }) => runId));
  const interrupted = [...runIds].flatMap((runId) => session.runs.open.get(runId) ?? []);
  const totals = new Map(
    interrupted.map((run) => [run.runId, totalsOf(run, run.interruptedAt ?? run.startedAt)]),
  );
  return { sessionId: session.sessionId, runIds, totals };
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

function gone(error: unknown): undefined {
  if (!(error instanceof SessionNotFound)) throw error;
}
