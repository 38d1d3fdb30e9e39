import type { EventType, JsonObject, RunStatus, SessionStatus } from "session-protocol";
import { hasEnded } from "../domain/status.js";
import type { FeedItem, Wrapping } from "../feed/group.js";
import { serverSentEvents, typeOf } from "./server-sent-events.js";

/** A run as somebody begins to follow it. */
export interface FollowedRun {
  readonly runId: string;
  /** Of the session's last event: what interrupted the run up to here did not end it. */
  readonly seq: number;
  /** Where a run that is running no more ended, and how. */
  readonly ended?: { readonly seq: number; readonly status: RunStatus } | undefined;
}

/** A run's events out of those of its session, and `end` behind the last. */
export class RunFrames implements Wrapping {
  readonly #mention: string;

  constructor(private readonly run: FollowedRun) {
    this.#mention = `"${run.runId}"`;
  }

  bytes(items: readonly FeedItem[]): Buffer {
    const end = this.#endIn(items);
    const upTo = end === undefined ? items : items.slice(0, end.at + 1);
    const own = serverSentEvents.bytes(upTo.filter((item) => this.#isOwn(item)));
    return end === undefined ? own : Buffer.concat([own, endFrame(this.run.runId, end.status)]);
  }

  endsWith(items: readonly FeedItem[]): boolean {
    return this.#endIn(items) !== undefined;
  }

  #endIn(items: readonly FeedItem[]): { at: number; status: RunStatus } | undefined {
    for (const [at, item] of items.entries()) {
      const status = this.#endedBy(item);
      if (status !== undefined) return { at, status };
    }
    return undefined;
  }

  #endedBy(item: FeedItem): RunStatus | undefined {
    const { ended, seq } = this.run;
    if (ended !== undefined && item.place >= ended.seq) return ended.status;
    switch (typeOf(item.text)) {
      case "execution_completed":
      case "execution_failed":
        return this.#isOwn(item) ? statusOf(item) : undefined;
      case "session_interrupted":
      case "session_finalized":
      case "session_deleted":
        return item.place > seq ? "interrupted" : undefined;
      case "status_changed":
        return item.place > seq && hasEnded(dataOf(item).to as SessionStatus) ? "interrupted" : undefined;
      default:
        return undefined;
    }
  }

  #isOwn(item: FeedItem): boolean {
    // Ids hold nothing that JSON has to escape, but senders may.
    const { text } = item;
    if (!ACTIVITY.has(typeOf(text)) || !(text.includes(this.#mention) || text.includes("\\u"))) return false;
    return dataOf(item).runId === this.run.runId;
  }
}

const ACTIVITY: ReadonlySet<string> = new Set<EventType>([
  "execution_started",
  "node_executed",
  "execution_completed",
  "execution_failed",
  "action",
  "response",
]);

function statusOf(item: FeedItem): RunStatus {
  const { status } = dataOf(item);
  if (typeof status === "string") return status as RunStatus;
  return typeOf(item.text) === "execution_completed" ? "completed" : "failed";
}

function dataOf({ text, encoding }: FeedItem): JsonObject {
  const json = encoding === "utf8" ? text : Buffer.from(text, encoding).toString("utf8");
  return (JSON.parse(json) as { data: JsonObject }).data;
}

/** Without an `id`: who comes back resumes after the last event. */
export function endFrame(runId: string, status: RunStatus): Buffer {
  return Buffer.from(`event: end\ndata: ${JSON.stringify({ runId, status })}\n\n`);
}

export function noRunFrame(sessionId: string): Buffer {
  return Buffer.from(`event: no_active_invocation\ndata: ${JSON.stringify({ sessionId })}\n\n`);
}
