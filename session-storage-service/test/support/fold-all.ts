import type { StoredEvent } from "../../src/domain/events.js";
import { fold } from "../../src/domain/fold.js";
import type { Session } from "../../src/domain/session.js";

/** The session after all its events. */
export function foldAll(events: Iterable<StoredEvent>): Session | undefined {
  let session: Session | undefined;
  for (const event of events) session = fold(session, event);
  return session;
}
