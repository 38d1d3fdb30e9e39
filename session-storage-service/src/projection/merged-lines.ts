import { LogCursor, type LogSnapshot } from "./log-cursor.js";
import type { LogKind } from "./log-line.js";

/** A piece is handed on when it has grown to this many characters. */
const PIECE_CHARS = 64 * 1_024;

export interface PlacedLine {
  readonly kind: LogKind;
  readonly seq: number;
  readonly line: string;
}

/** Lines of several logs as one sequence, in seq order, in pieces. */
export async function* mergedLines(
  snapshots: readonly LogSnapshot[],
  after: number,
  upTo: number,
): AsyncGenerator<PlacedLine[]> {
  const cursors = await Promise.all(snapshots.map((snapshot) => LogCursor.open(snapshot, after)));
  try {
    for (;;) {
      const piece: PlacedLine[] = [];
      for (let chars = 0; chars < PIECE_CHARS;) {
        const cursor = earliest(cursors);
        if (cursor === undefined || cursor.place > upTo) break;
        const line = cursor.line as string;
        piece.push({ kind: cursor.kind, seq: cursor.place, line });
        chars += line.length;
        if (!cursor.step()) await cursor.advance(0);
      }
      if (piece.length === 0) return;
      yield piece;
    }
  } finally {
    await Promise.all(cursors.map((cursor) => cursor.close()));
  }
}

function earliest(cursors: readonly LogCursor[]): LogCursor | undefined {
  let first: LogCursor | undefined;
  let firstSeq = Infinity;
  for (const cursor of cursors) {
    const { place } = cursor;
    if (place < firstSeq) {
      first = cursor;
      firstSeq = place;
    }
  }
  return first;
}
