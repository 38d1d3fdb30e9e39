import type { SessionIndex, StoredText } from "../domain/reading.js";
import { LogCursor, type LogSnapshot } from "./log-cursor.js";
import { eventText, parseHeader } from "./log-line.js";

/** What one step aims to hold in memory, in characters. */
const STEP_CHARS = 4 * 1_024 * 1_024;
const FIRST_STEP_OFFSETS = 64;
const MAX_STEP_OFFSETS = 20_000;

type PlacedText = StoredText & { readonly sessionId: string };

export interface GlobalSource {
  readonly index: Pick<SessionIndex, "sessionsBetween">;
  /** Offset of the last durable event. */
  head(): number;
  snapshots(sessionId: string): Promise<LogSnapshot[]>;
  /** Lines of deleted sessions, oldest first, each the public text of `session_deleted`. */
  deletions(after: number, upTo: number): Promise<PlacedText[]>;
}

/**
 * Reads events of all sessions in offset order from the session files: per step a range of offsets, whose
 * sessions the index names. The range adapts to the size of the events, so that memory stays bounded.
 */
export class GlobalReader {
  constructor(private readonly source: GlobalSource) {}

  /** Events with a greater offset, up to what is durable when this is called. */
  async *events(after: number): AsyncGenerator<PlacedText[]> {
    const head = this.source.head();
    let step = FIRST_STEP_OFFSETS;
    for (let from = after; from < head;) {
      const upTo = Math.min(head, from + step);
      const found = await this.#between(from, upTo);
      if (found.length > 0) yield found;
      step = nextStep(step, found);
      from = upTo;
    }
  }

  async #between(after: number, upTo: number): Promise<PlacedText[]> {
    const found = await this.source.deletions(after, upTo);
    for (const sessionId of await this.source.index.sessionsBetween(after, upTo)) {
      const snapshots = await this.source.snapshots(sessionId);
      // All are opened before anything is read: a log may be rewritten in between.
      await Promise.all(snapshots.map((snapshot) => collect(sessionId, snapshot, after, upTo, found)));
    }
    return found.sort((one, other) => one.offset - other.offset);
  }
}

function nextStep(step: number, found: readonly PlacedText[]): number {
  const chars = found.reduce((sum, { text }) => sum + text.length, 1);
  const aim = Math.floor(step * Math.min(8, STEP_CHARS / chars));
  return Math.min(MAX_STEP_OFFSETS, Math.max(1, aim));
}

async function collect(
  sessionId: string,
  snapshot: LogSnapshot,
  after: number,
  upTo: number,
  found: PlacedText[],
): Promise<void> {
  const cursor = await LogCursor.open(snapshot, after, "offset");
  try {
    while (cursor.line !== undefined && cursor.place <= upTo) {
      const { line } = cursor;
      const header = parseHeader(line);
      if (header !== undefined) {
        const { seq, offset } = header;
        found.push({ seq, offset, sessionId, text: eventText(snapshot.kind, sessionId, line, header) });
      }
      await cursor.advance();
    }
  } finally {
    await cursor.close();
  }
}
