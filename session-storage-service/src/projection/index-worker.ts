import { setImmediate as nextTurn } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import {
  SHARED,
  type Asked,
  type FromWorker,
  type Log,
  type QuestionName,
  type Questions,
  type WorkerOptions,
} from "./index-messages.js";
import { childrenOf, list, recent, search, sessionsBetween, stats } from "./index-queries.js";
import { expiredRuns, expiredSessions, forgetRuns, sessionsWithExpiredRuns } from "./index-expiry.js";
import { findRun, listRuns, runIdsAfter, runOwners } from "./index-run-queries.js";
import { runStats } from "./index-run-stats.js";
import { appliedOffset, condemnIndex, emptyIndex, makeDurable, openIndex } from "./index-schema.js";
import { Totals } from "./index-totals.js";
import { IndexUpdates } from "./index-updates.js";
import { usage } from "./index-usage.js";
import { RunIds } from "./run-ids.js";
import { isDamage } from "./sqlite.js";
import { TextIndexer } from "./text-indexer.js";
import { TextLoop } from "./text-loop.js";

type Handlers = {
  readonly [N in QuestionName]: (
    input: Questions[N]["input"],
  ) => Questions[N]["answer"] | Promise<Questions[N]["answer"]>;
};

const { file, sessionsFolder, searchWaitMs, shared, runIds: sharedIds } = workerData as WorkerOptions;
const gauges = new Int32Array(shared);
const runIds = new RunIds(sharedIds);
const MAX_GAUGE = 2 ** 31 - 1;
const GAUGE_EVERY_MS = 200;
const RUN_IDS_AT_ONCE = 1_000;
let isClosed = false;
/** False from the start of a rebuilding until it is done: what is applied meanwhile does not make the index whole. */
let isWhole = true;
let rebuilding: Promise<unknown> = Promise.resolve();

const tell = (message: FromWorker): void => parentPort?.postMessage(message);
const log: Log = (level, { err, ...fields }, message) =>
  tell({
    kind: "log",
    level,
    fields: err === undefined ? fields : { ...fields, err: postable(err) },
    message,
  });
const nowMs = (): number => performance.now();

const database = openIndex(file);
const totals = new Totals(database);
const indexer = new TextIndexer(database, sessionsFolder, log, nowMs);
const updates = new IndexUpdates(database, totals, indexer, runIds);
const texts = new TextLoop(indexer, () => Atomics.load(gauges, SHARED.busyPercent), nowMs, textFailed);

const handlers: Handlers = {
  apply: (changes) => {
    updates.apply(isWhole ? changes : { ...changes, appliedOffset: 0 });
    texts.wake();
    return undefined;
  },
  durable: () => {
    makeDurable(database);
    return undefined;
  },
  rebuild: () => (rebuilding = rebuildIndex()),
  close: () => {
    texts.stop();
    makeDurable(database);
    isClosed = true;
    database.close();
    return undefined;
  },
  list: (query) => list(database, query),
  recent: (count) => recent(database, count),
  stats: () => stats(database, totals),
  search: async (query) => {
    await texts.catchUp(query.sessionId, searchWaitMs);
    if (isClosed) throw new Error("the index was closed");
    return search(database, query);
  },
  sessionsBetween: ({ after, upTo }) => sessionsBetween(database, after, upTo),
  childrenOf: (parentSession) => childrenOf(database, parentSession),
  runOwners: (runIds) => runOwners(database, runIds),
  run: (runId) => findRun(database, runId),
  runs: (filter) => listRuns(database, filter),
  runStats: (input) => runStats(database, input),
  usage: (query) => usage(database, query),
  sessionsWithExpiredRuns: (input) => sessionsWithExpiredRuns(database, input),
  expiredRuns: (input) => expiredRuns(database, input),
  forgetRuns: (input) => {
    if (forgetRuns(database, input) !== undefined) indexer.rewritten(input.sessionId);
    return undefined;
  },
  expiredSessions: (page) => expiredSessions(database, page),
};

/** Its module is loaded when it is needed: with the schemas that takes as long as all the rest of a start. */
async function rebuildIndex(): Promise<Questions["rebuild"]["answer"]> {
  const { rebuild } = await import("./index-rebuild.js");
  const isClosing = (): boolean => Atomics.load(gauges, SHARED.closing) !== 0;
  isWhole = false;
  try {
    emptyIndex(database);
    const result = await rebuild({ sessionsFolder, updates, log, isClosing });
    isWhole = true;
    return result;
  } finally {
    totals.forget();
    indexer.reset();
    texts.wake();
  }
}

/** The binding's errors would arrive without their message: they are no errors to the algorithm that copies them. */
function postable(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const copy = new Error("code" in error ? `${String(error.code)}: ${error.message}` : error.message);
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
}

function textFailed(error: unknown): void {
  noteDamage(error);
  log("error", { err: error }, "text could not be indexed; it is tried again");
}

/** A damaged index is of no use to the next start either: it makes a new one. */
function noteDamage(error: unknown): void {
  if (!isDamage(error)) return;
  condemnIndex(file);
  log("error", { file }, "the index is damaged; it is rebuilt from the session files at the next start");
}

async function answer({ id, name, input }: Asked): Promise<void> {
  await rebuilding.catch(() => undefined);
  const startedMs = nowMs();
  try {
    const handle = handlers[name] as (input: unknown) => unknown;
    const result = handle(input);
    tell({
      kind: "answer",
      id,
      answer: result instanceof Promise ? await result : result,
      tookMs: nowMs() - startedMs,
    });
  } catch (error) {
    noteDamage(error);
    tell({ kind: "failed", id, error: postable(error) });
  }
  if (name === "close") parentPort?.close();
}

/** The first reading of the lag looks through the tables, so it is left for after the start. */
function showLag(): void {
  if (isClosed) return;
  try {
    Atomics.store(gauges, SHARED.lag, Math.min(indexer.lag, MAX_GAUGE));
  } catch (error) {
    noteDamage(error);
  }
}

/** In pieces between which others are answered. Those of runs that begin meanwhile are added as they do. */
async function learnRunIds(): Promise<void> {
  for (let after: string | undefined = ""; after !== undefined && !isClosed;) {
    const some = runIdsAfter(database, after, RUN_IDS_AT_ONCE);
    for (const runId of some) runIds.add(runId);
    after = some.at(-1);
    await nextTurn();
  }
  Atomics.store(gauges, SHARED.runsKnown, 1);
}

setInterval(showLag, GAUGE_EVERY_MS).unref();
parentPort?.on("message", (asked: Asked) => void answer(asked));
texts.wake();
learnRunIds().catch(noteDamage);
tell({ kind: "ready", appliedOffset: appliedOffset(database) });
