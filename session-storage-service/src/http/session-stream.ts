import { serverSentEvents as wrapping } from "./server-sent-events.js";
import type { FindStream } from "./sse.js";

/** Every event of a session. */
export function sessionStream(sessionId: string): FindStream {
  return async ({ sessions }, after) => {
    const { seq: lastSeq } = await sessions.get(sessionId);
    return { sessionId, after, wrapping, lastSeq };
  };
}

/** Every event of every session. */
export const wholeStream: FindStream = (_recorder, after) => Promise.resolve({ after, wrapping });
