import path from "node:path";
import type { FileSystem } from "./file-system.js";
import { JournalCorrupt } from "./errors.js";
import type { JournalRecord } from "./line.js";
import { judge, verdicts, type SegmentVerdict } from "./recovery.js";
import { scan, segmentName, segmentOffsets } from "./segment.js";

export interface SegmentFile {
  readonly path: string;
  readonly firstOffset: number;
  readonly size: number;
}

export interface RecoveredSegments {
  /** Ascending; at least one, the last being the one to append to. */
  readonly segments: readonly SegmentFile[];
  readonly nextOffset: number;
  /** Bytes cut from the end that were never acknowledged. */
  readonly tornBytes: number;
}

/**
 * Reads every segment, cuts a torn tail, and says where to go on.
 * @throws JournalCorrupt naming file, line and byte
 */
export function recoverSegments(fileSystem: FileSystem, folder: string): RecoveredSegments {
  fileSystem.makeFolder(folder);
  const offsets = segmentOffsets(fileSystem.list(folder));
  const segments: SegmentFile[] = [];
  let nextOffset = offsets[0] ?? 1;
  let tornBytes = 0;
  for (const [index, firstOffset] of offsets.entries()) {
    const file = path.join(folder, segmentName(firstOffset));
    if (firstOffset !== nextOffset) throw new JournalCorrupt(file, 1, 0);
    const bytes = fileSystem.read(file);
    const verdict = judge(
      verdicts(bytes, firstOffset),
      firstOffset,
      isLastWithContent(fileSystem, folder, offsets, index),
    );
    const size = keep(fileSystem, file, bytes.length, verdict);
    tornBytes += bytes.length - size;
    nextOffset = (verdict as Extract<SegmentVerdict, { nextOffset: number }>).nextOffset;
    segments.push({ path: file, firstOffset, size });
  }
  if (segments.length === 0)
    segments.push({ path: path.join(folder, segmentName(1)), firstOffset: 1, size: 0 });
  return { segments, nextOffset, tornBytes };
}

function isLastWithContent(
  fileSystem: FileSystem,
  folder: string,
  offsets: readonly number[],
  index: number,
): boolean {
  return offsets
    .slice(index + 1)
    .every((offset) => fileSystem.size(path.join(folder, segmentName(offset))) === 0);
}

/** Bytes that stay. */
function keep(fileSystem: FileSystem, file: string, size: number, verdict: SegmentVerdict): number {
  if (verdict.kind === "intact") return size;
  if (verdict.kind === "corrupt") throw new JournalCorrupt(file, verdict.damage.line, verdict.damage.start);
  const handle = fileSystem.openAppend(file);
  handle.truncate(verdict.keepBytes);
  handle.close();
  return verdict.keepBytes;
}

/** The records of recovered segments, in order. */
export function* records(fileSystem: FileSystem, segments: readonly SegmentFile[]): Generator<JournalRecord> {
  for (const segment of segments) {
    if (segment.size === 0) continue;
    for (const { record } of scan(fileSystem.read(segment.path))) if (record !== undefined) yield record;
  }
}
