import fs from "node:fs";
import path from "node:path";
import { SessionId } from "session-protocol";
import type { Log, PackedSummary } from "./index-messages.js";
import type { IndexUpdates } from "./index-updates.js";
import { Layout } from "./layout.js";
import { storedRuns } from "./stored-runs.js";
import { firstOffset, readSummary } from "./stored-summary.js";

const SESSIONS_PER_TRANSACTION = 500;
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
  let toldMs = performance.now();
  let sessions = 0;
  let maxOffset = 0;
  for (let from = 0; from < sessionIds.length; from += SESSIONS_PER_TRANSACTION) {
    if (isClosing())
      throw new Error("the rebuilding of the index was stopped; it begins anew at the next start");
    const summaries: PackedSummary[] = [];
    for (const sessionId of sessionIds.slice(from, from + SESSIONS_PER_TRANSACTION)) {
      const summary = await summaryOf(layout, sessionId, log);
      if (summary !== undefined) summaries.push(summary);
    }
    updates.apply({ deleted: [], summaries, appliedOffset: 0 });
    sessions += summaries.length;
    for (const { lastOffset } of summaries) maxOffset = Math.max(maxOffset, lastOffset);
    if (performance.now() - toldMs < PROGRESS_EVERY_MS) continue;
    toldMs = performance.now();
    log("info", { done: sessions, of: sessionIds.length }, "rebuilding the index");
  }
  updates.apply({ deleted: [], summaries: [], appliedOffset: maxOffset });
  return { sessions, maxOffset };
}

async function summaryOf(layout: Layout, sessionId: string, log: Log): Promise<PackedSummary | undefined> {
  try {
    const { summary, damage, derived, takenOver = 0 } = readSummary(layout.session(sessionId), sessionId);
    if (damage !== undefined) {
      log(
        "warn",
        { sessionId, damage, isIndexed: summary !== undefined },
        "a session's metadata.json cannot be used",
      );
    }
    return summary && { ...summary, ...(await storedRuns(layout, sessionId, derived, takenOver)) };
  } catch (error) {
    log("warn", { err: error, sessionId }, "a session folder cannot be read; it is not in the index");
    return undefined;
  }
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
