import path from "node:path";
import type { Logger } from "pino";
import type { Config } from "./config.js";
import { SessionNotFound } from "./domain/errors.js";
import { batchSubmission } from "./http/batch.js";
import { limitsOf } from "./http/limits.js";
import { JSON_TYPE } from "./http/media-type.js";
import { problemOf } from "./http/problem.js";
import { Inbox, INBOX_USER_ID, type InboxLine } from "./projection/inbox.js";
import type { Recorder } from "./recorder.js";

/** Ingests what is dropped into the data folder's inbox, under the rules of the batch route. */
export async function startInbox(recorder: Recorder, config: Config, log: Logger): Promise<Inbox> {
  const limits = limitsOf(config);
  const inbox = new Inbox({
    folder: path.join(config.DATA_DIR, "inbox"),
    maxLineBytes: config.BODY_LIMIT_BYTES,
    problemOf,
    log: (level, fields, message) => log[level](fields, message),
    ingest: async (line) => {
      const create = await creationOf(recorder, line);
      const batch = Buffer.from(JSON.stringify({ create, events: line.events }));
      return recorder.sessions.submit(line.sessionId, batchSubmission(batch, JSON_TYPE, limits));
    },
  });
  await inbox.start();
  return inbox;
}

/** A line that names no user adds to whoever's session it is. */
async function creationOf(recorder: Recorder, { sessionId, userId }: InboxLine): Promise<object | undefined> {
  if (userId !== undefined) return { userId };
  try {
    await recorder.sessions.get(sessionId);
    return undefined;
  } catch (error) {
    if (!(error instanceof SessionNotFound)) throw error;
    return { userId: INBOX_USER_ID };
  }
}
