import { Draft } from "../session-storage-service/dist/domain/draft.js";
import { idMaker } from "../session-storage-service/dist/domain/make-id.js";
import { NO_PRICES } from "../session-storage-service/dist/domain/prices.js";
import { Layout } from "../session-storage-service/dist/projection/layout.js";
import { SessionWriter } from "../session-storage-service/dist/projection/session-writer.js";

const EVENTS_AT_ONCE = 1_000;

/**
 * What happened at a moment, as a client would send it.
 * @typedef {{ at: number, type: import("session-protocol").ClientEventType, data: import("session-protocol").JsonObject }} Step
 */

/** @typedef {{ sessionId: string, userId: string, steps: Iterable<Step> }} SessionPlan */

/**
 * Writes whole sessions as the service would have, without going through it: decided, folded and laid out by its own
 * code, but for the journal and the index.
 * @param {string} dataFolder
 * @param {Iterable<SessionPlan>} plans
 */
export function writeSessions(dataFolder, plans) {
  const layout = new Layout(dataFolder);
  let offset = 0;
  let now = 0;
  const parts = {
    makeId: idMaker({ now: () => now }, Math.random),
    timestamp: () => new Date(now).toISOString(),
    costOf: NO_PRICES,
    maxStateChars: 1e6,
  };
  for (const { sessionId, userId, steps } of plans) {
    /** @type {SessionWriter | undefined} */
    let writer;
    /** @type {import("../session-storage-service/dist/domain/session.js").Session | undefined} */
    let session;
    /** @type {import("../session-storage-service/dist/domain/events.js").StoredEvent[]} */
    let held = [];
    const write = () => {
      if (session === undefined || held.length === 0) return;
      writer ??= new SessionWriter(layout, session);
      writer.add(session, held);
      writer.flushLogs();
      held = [];
    };
    for (const { at, type, data } of steps) {
      now = at;
      const create = session === undefined ? { data: { userId, initial: { goal: "measure" } } } : undefined;
      const draft = new Draft(sessionId, parts, session, create, 0);
      draft.add({ type, data, raw: JSON.stringify(data) }, undefined);
      for (const event of draft.events) event.offset = offset += 1;
      held.push(...draft.events);
      session = draft.session;
      if (held.length >= EVENTS_AT_ONCE) write();
    }
    write();
    writer?.flushDocuments();
  }
}
