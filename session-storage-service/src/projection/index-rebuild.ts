import fs from "node:fs";
import path from "node:path";
import { SessionId, type Metadata } from "session-protocol";
import type { Log, PackedSummary } from "./index-messages.js";
import type { IndexUpdates } from "./index-updates.js";
import { Layout } from "./layout.js";
import { folded, storedRuns } from "./stored-runs.js";
import { firstOffset, readSummary } from "./stored-summary.js";

const SESSIONS_PER_TRANSACTION = 500;
const RUNS_PER_TRANSACTION = 2_000;
const PROGRESS_EVERY_MS = 3_000;

export interface RebuildParts {
  readonly sessionsFolder: string;
  readonly updates: IndexUpdates;
  readonly log: Log;
  /** Whether to give up, because the service is being stopped. */
  readonly isClosing: () => boolean;
}

/**
 * Fills an empty index with a summary of every session folder. The offset up to which events are applied is
 * set last: an index whose rebuilding was cut short is rebuilt again.
 */
export async function rebuild({ sessionsFolder, updates, log, isClosing }: RebuildParts): Promise<{
  sessions: number;
  maxOffset: number;
}> {
  const layout = new Layout(path.dirname(sessionsFolder));
  const sessionIds = inOrderOfCreation(sessionsFolder);
  const lots = new Lots(updates);
  let toldMs = performance.now();
  for (const [done, sessionId] of sessionIds.entries()) {
    if (isClosing())
      throw new Error("the rebuilding of the index was stopped; it begins anew at the next start");
    for await (const summary of summariesOf(layout, sessionId, log)) lots.add(sessionId, summary);
    if (performance.now() - toldMs < PROGRESS_EVERY_MS) continue;
    toldMs = performance.now();
    log("info", { done, of: sessionIds.length }, "rebuilding the index");
  }
  lots.apply();
  updates.apply({ deleted: [], summaries: [], appliedOffset: lots.maxOffset });
  return { sessions: lots.sessions, maxOffset: lots.maxOffset };
}

/** Summaries on their way into the index, so many at a time that memory does not grow with what is stored. */
class Lots {
  sessions = 0;
  maxOffset = 0;
  readonly #summaries: PackedSummary[] = [];
  #runs = 0;
  #lastId = "";

  constructor(private readonly updates: IndexUpdates) {}

  /** No session may be in one transaction twice. */
  add(sessionId: string, summary: PackedSummary): void {
    if (sessionId === this.#lastId) this.apply();
    else this.sessions += 1;
    this.#lastId = sessionId;
    this.#summaries.push(summary);
    this.#runs += (summary.runs?.began.length ?? 0) + (summary.runs?.ended.length ?? 0);
    this.maxOffset = Math.max(this.maxOffset, summary.lastOffset);
    if (this.#runs >= RUNS_PER_TRANSACTION || this.#summaries.length >= SESSIONS_PER_TRANSACTION)
      this.apply();
  }

  apply(): void {
    this.updates.apply({ deleted: [], summaries: this.#summaries.splice(0), appliedOffset: 0 });
    this.#runs = 0;
  }
}

/** Several where there is much to tell of a session, each with a part of it. */
async function* summariesOf(layout: Layout, sessionId: string, log: Log): AsyncGenerator<PackedSummary> {
  try {
    const { summary, damage, derived, takenOver = 0 } = readSummary(layout.session(sessionId), sessionId);
    if (damage !== undefined) {
      log(
        "warn",
        { sessionId, damage, isIndexed: summary !== undefined },
        "a session's metadata.json cannot be used",
      );
    }
    if (summary === undefined) return;
    const metadata = await withActivity(layout, sessionId, summary.metadata);
    for await (const stored of storedRuns(layout, sessionId, derived, takenOver)) {
      yield { ...summary, metadata, ...stored };
    }
  } catch (error) {
    log(
      "warn",
      { err: error, sessionId },
      "a session folder cannot be read; it is not, or not all, in the index",
    );
  }
}

/** Files of earlier versions do not say it: the events beside them are folded. */
async function withActivity(layout: Layout, sessionId: string, metadata: string): Promise<string> {
  const content = JSON.parse(metadata) as Metadata;
  if (content.activity !== undefined) return metadata;
  const activity = (await folded(layout, sessionId))?.activity;
  return activity === undefined ? metadata : JSON.stringify({ ...content, activity });
}

/** By first offset, so that session numbers, and with them search hits, are in the order sessions were made. */
function inOrderOfCreation(sessionsFolder: string): string[] {
  return foldersIn(sessionsFolder)
    .map((sessionId) => ({ sessionId, offset: safeFirstOffset(path.join(sessionsFolder, sessionId)) }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ sessionId }) => sessionId);
}

/** What cannot be read is told of when its summary is. */
function safeFirstOffset(folder: string): number {
  try {
    return firstOffset(folder);
  } catch {
    return 0;
  }
}

function foldersIn(sessionsFolder: string): string[] {
  if (!fs.existsSync(sessionsFolder)) return [];
  return fs
    .readdirSync(sessionsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && SessionId.safeParse(entry.name).success)
    .map(({ name }) => name);
}
