import { open } from "node:fs/promises";
import { DOCUMENTS, type Layout } from "./layout.js";
import { LOG_KINDS } from "./log-line.js";

/** Sessions synced side by side: two leave the thread pool room for the journal. */
const CONCURRENCY = 2;

/** Makes the files of these sessions, and their names, survive power loss. */
export async function syncSessions(layout: Layout, sessionIds: Iterable<string>): Promise<void> {
  const left = sessionIds[Symbol.iterator]();
  const worker = async () => {
    for (let next = left.next(); next.done !== true; next = left.next())
      await syncSession(layout, next.value);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  await syncPath(layout.sessions);
  await syncPath(layout.deletions);
  await syncPath(layout.dataDir);
}

async function syncSession(layout: Layout, sessionId: string): Promise<void> {
  for (const kind of LOG_KINDS) await syncPath(layout.log(sessionId, kind));
  for (const name of DOCUMENTS) await syncPath(layout.document(sessionId, name));
  await syncPath(layout.session(sessionId));
}

/** A file that is not there has nothing to lose. */
export async function syncPath(path: string): Promise<void> {
  let handle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
