import { randomUUID } from "node:crypto";
import type { ClientEventType } from "session-protocol";
import type { Backlog } from "./backlog.js";
import { currentContext } from "./context.js";
import { encode } from "./encode.js";
import { eventLine } from "./event-line.js";
import type { QueuedEvent } from "./outbox.js";
import type { WarnOnce } from "./warnings.js";

export type Fields = Readonly<Record<string, unknown>>;

/** A recorded end of the session. `stored` is undefined until the service has answered for it. */
export interface RecordedEnd {
  stored: boolean | undefined;
}

export interface RecordingOptions {
  readonly backlog: Backlog;
  readonly queued: () => void;
  /** UTF-16 units; a longer string is taken apart off the caller's path. */
  readonly longestString: number;
  readonly now: () => number;
  readonly newId: () => string;
  readonly warnOnce: WarnOnce;
}

type More = Pick<QueuedEvent, "finalizes" | "onSettled">;

/** Events whose data is marked with whose work they are: the others are about the session, or name it themselves. */
const IN_CONTEXT: ReadonlySet<ClientEventType> = new Set<ClientEventType>([
  "action",
  "response",
  "goal_added",
  "goal_updated",
]);

/** What stands for a long string in an encoded event: nothing a host could have written. */
const HELD = `held:${randomUUID()}:`;

/** The caller's side of the backlog: stamps events, encodes them and queues them. Nothing here throws or waits. */
export class Recording {
  readonly #options: RecordingOptions;
  #end: RecordedEnd | undefined;
  #stampedMs = NaN;
  #stamp = "";

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  /** Takes the fields over: nobody else may hold them. Answers the event's id. */
  record(type: ClientEventType, fields: Fields, id = this.#options.newId(), more?: More): string {
    this.#end = undefined;
    this.#queue(type, fields, id, more);
    return id;
  }

  /** Records the session's end, once: a repeat with nothing recorded in between, and not refused, is the same end. */
  end(fields: Fields): RecordedEnd {
    if (this.#end !== undefined && this.#end.stored !== false) return this.#end;
    const end: RecordedEnd = { stored: undefined };
    const onSettled = (stored: boolean): void => void (end.stored = stored);
    this.#queue("session_finalized", fields, this.#options.newId(), { finalizes: true, onSettled });
    return (this.#end = end);
  }

  #queue(type: ClientEventType, fields: Record<string, unknown>, id: string, more?: More): void {
    const { backlog, queued, warnOnce } = this.#options;
    try {
      fields.timestamp ??= this.#timestamp();
      if (IN_CONTEXT.has(type)) mark(fields);
      if (backlog.push(this.#event(type, id, fields, more))) queued();
      else warnOnce("not recorded", "events were dropped: the outbox was full or the hook agent closed");
    } catch (error) {
      backlog.drop(more?.onSettled);
      warnOnce("encode", `an event could not be encoded and was dropped: ${String(error)}`);
    }
  }

  #event(type: ClientEventType, id: string, fields: Fields, more: More | undefined): QueuedEvent {
    let held: Map<string, string> | undefined;
    let heldBytes = 0;
    const hold = (long: string): string => {
      held ??= new Map();
      const token = `${HELD}${held.size}`;
      held.set(token, long);
      heldBytes += long.length;
      return token;
    };
    const line = eventLine(type, id, encode(fields, this.#options.longestString, hold));
    return { line, bytes: Buffer.byteLength(line) + 1 + heldBytes, ...(held && { held }), ...more };
  }

  #timestamp(): string {
    const nowMs = this.#options.now();
    if (nowMs !== this.#stampedMs) {
      this.#stamp = new Date(nowMs).toISOString();
      this.#stampedMs = nowMs;
    }
    return this.#stamp;
  }
}

function mark(fields: Record<string, unknown>): void {
  const { agentId, runId, nodeId } = currentContext();
  if (agentId !== undefined) fields.agentId ??= agentId;
  if (runId !== undefined) fields.runId ??= runId;
  if (nodeId !== undefined && fields.runId === runId) fields.nodeId ??= nodeId;
}

/** In a program without types a caller may give anything; what is no object has no fields, and the service says what is missing. */
export function fieldsOf(given: unknown): Record<string, unknown> {
  try {
    return typeof given === "object" && given !== null ? { ...given } : {};
  } catch {
    return {};
  }
}
