import type { SessionEvent } from "session-protocol";
import { readEvent } from "../session/mark.js";

export interface FeedFilters {
  readonly type: string | undefined;
  readonly sessionId: string | undefined;
  readonly agentId: string | undefined;
  /** Whether a session is one of those to be shown; undefined: all are. */
  readonly isLet: ((sessionId: string) => boolean) | undefined;
  readonly failuresOnly: boolean;
}

/** Events kept to be shown. */
const MAX_KEPT = 2_000;
/** Rows drawn at once. */
const MAX_SHOWN = 300;

/** The newest events of all sessions. Immutable. While paused what comes is kept apart, and counted. */
export class Feed {
  constructor(
    private readonly kept: readonly SessionEvent[] = [],
    private readonly held?: readonly SessionEvent[],
    /** Came while paused. */
    readonly waiting = 0,
    /** Are no longer kept. */
    readonly forgotten = 0,
  ) {}

  get isPaused(): boolean {
    return this.held !== undefined;
  }

  get isEmpty(): boolean {
    return this.kept.length === 0;
  }

  with(events: readonly SessionEvent[]): Feed {
    if (this.held !== undefined) {
      const [held, gone] = newest([...this.held, ...events]);
      return new Feed(this.kept, held, this.waiting + events.length, this.forgotten + gone);
    }
    const [kept, gone] = newest([...this.kept, ...events]);
    return new Feed(kept, undefined, 0, this.forgotten + gone);
  }

  paused(): Feed {
    return new Feed(this.kept, [], 0, this.forgotten);
  }

  resumed(): Feed {
    return new Feed(this.kept, undefined, 0, this.forgotten).with(this.held ?? []);
  }

  /** The newest first. */
  shown(filters: FeedFilters): readonly SessionEvent[] {
    const shown: SessionEvent[] = [];
    for (let index = this.kept.length - 1; index >= 0 && shown.length < MAX_SHOWN; index -= 1) {
      const event = this.kept[index] as SessionEvent;
      if (passes(event, filters)) shown.push(event);
    }
    return shown;
  }

  /** Agents that are told of. */
  agents(): readonly string[] {
    const ids = this.kept.flatMap(({ data }) => (typeof data.agentId === "string" ? [data.agentId] : []));
    return [...new Set(ids)];
  }
}

function passes(
  event: SessionEvent,
  { type, sessionId, agentId, isLet, failuresOnly }: FeedFilters,
): boolean {
  if (type !== undefined && event.type !== type) return false;
  if (sessionId !== undefined && event.sessionId !== sessionId) return false;
  if (agentId !== undefined && event.data.agentId !== agentId) return false;
  if (failuresOnly && !readEvent(event).mark.failed) return false;
  // The last, because it may have to ask.
  return isLet === undefined || isLet(event.sessionId);
}

function newest(events: readonly SessionEvent[]): readonly [readonly SessionEvent[], number] {
  const gone = Math.max(0, events.length - MAX_KEPT);
  return [gone === 0 ? events : events.slice(gone), gone];
}
