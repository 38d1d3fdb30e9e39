import type { JsonObject, SessionStatus } from "session-protocol";
import { hasEnded } from "../domain/status.js";
import type { FeedItem, Wrapping } from "../feed/group.js";
import { serverSentEvents } from "./server-sent-events.js";

interface Sent {
  readonly type: string;
  readonly data: JsonObject;
}

export interface FollowedRun {
  readonly runId: string;
  /** Seq of the event that ended it, where there is one. */
  readonly endSeq: number | null;
  /** Whether its session has ended under it. */
  readonly isInterrupted: boolean;
  /** The session's last seq when the stream began. */
  readonly lastSeq: number;
}

/**
 * A session's events as those of one run. It is over with the run's end, or once its session ends under it;
 * ends of the session before the stream began count only where the run has not gone on since.
 */
export class RunEvents implements Wrapping {
  isOver: boolean;

  constructor(
    private readonly run: FollowedRun,
    after: number,
  ) {
    const { endSeq, isInterrupted, lastSeq } = run;
    this.isOver = (endSeq !== null && after >= endSeq) || (isInterrupted && after >= lastSeq);
  }

  bytes(items: readonly FeedItem[]): Buffer {
    const own: FeedItem[] = [];
    for (const item of items) {
      if (this.isOver) break;
      if (this.#isOwn(item)) own.push(item);
    }
    return serverSentEvents.bytes(own);
  }

  #isOwn(item: FeedItem): boolean {
    const { runId, isInterrupted, lastSeq } = this.run;
    const mayMatter = item.text.includes(`"${runId}"`) || (item.place > lastSeq && MAY_END.test(item.text));
    const event = mayMatter ? parsed(item) : undefined;
    const isOwn = event?.data.runId === runId;
    const ends = isOwn ? RUN_ENDS.has(event.type) : item.place > lastSeq && endsSession(event);
    this.isOver = ends || (isInterrupted && item.place >= lastSeq);
    return isOwn;
  }
}

const RUN_ENDS = new Set(["execution_completed", "execution_failed"]);
const MAY_END = /^\{"type":"(?:status_changed|session_)/;

function endsSession(event: Sent | undefined): boolean {
  if (event?.type === "status_changed") return hasEnded(event.data.to as SessionStatus);
  return event?.type === "session_interrupted" || event?.type === "session_finalized";
}

function parsed({ text, encoding }: FeedItem): Sent {
  return JSON.parse(encoding === "latin1" ? Buffer.from(text, "latin1").toString("utf8") : text) as Sent;
}
