import path from "node:path";
import type { AppendFile, FileSystem } from "./file-system.js";
import { JournalCorrupt } from "./errors.js";
import { encodeLoss, type JournalRecord } from "./line.js";
import { judge, verdicts, type SegmentVerdict } from "./recovery.js";
import { contentLength, scan, segmentName, segmentOffsets, writtenLength } from "./segment.js";

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
 * Reads every segment, cuts a torn tail, and says where to go on; without any, at `startOffset`.
 * @throws JournalCorrupt naming file, line and byte
 */
export function recoverSegments(fileSystem: FileSystem, folder: string, startOffset = 1): RecoveredSegments {
  fileSystem.makeFolder(folder);
  const offsets = segmentOffsets(fileSystem.list(folder));
  const segments: SegmentFile[] = [];
  let nextOffset = offsets[0] ?? startOffset;
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
    const isOpen = index === offsets.length - 1;
    const size = keep(fileSystem, file, bytes, verdict, isOpen);
    if (verdict.kind === "torn") tornBytes += writtenLength(bytes) - size;
    nextOffset = (verdict as Extract<SegmentVerdict, { nextOffset: number }>).nextOffset;
    segments.push({ path: file, firstOffset, size });
  }
  if (segments.length === 0) {
    segments.push({ path: path.join(folder, segmentName(startOffset)), firstOffset: startOffset, size: 0 });
  }
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

/** Bytes that stay. Room goes where it is to be written on: it begins at another place then, and nobody has synced it. */
function keep(
  fileSystem: FileSystem,
  file: string,
  bytes: Buffer,
  verdict: SegmentVerdict,
  isOpen: boolean,
): number {
  if (verdict.kind === "corrupt") throw new JournalCorrupt(file, verdict.damage.line, verdict.damage.start);
  const size = verdict.kind === "torn" ? verdict.keepBytes : contentLength(bytes);
  if (size === bytes.length || !(isOpen || verdict.kind === "torn")) return size;
  const handle = fileSystem.openAppend(file);
  handle.truncate(size);
  handle.close();
  return size;
}

/** The records of recovered segments, in order. */
export function* records(fileSystem: FileSystem, segments: readonly SegmentFile[]): Generator<JournalRecord> {
  for (const segment of segments) {
    if (segment.size === 0) continue;
    for (const { record } of scan(fileSystem.read(segment.path))) if (record !== undefined) yield record;
  }
}

/** Whether there is any segment. */
export function hasSegments(fileSystem: FileSystem, folder: string): boolean {
  fileSystem.makeFolder(folder);
  return segmentOffsets(fileSystem.list(folder)).length > 0;
}

/** Makes sure that the next event gets an offset greater than `offset`, because others are in use elsewhere. */
export async function skipOffsets(fileSystem: FileSystem, folder: string, offset: number): Promise<void> {
  const { segments, nextOffset } = recoverSegments(fileSystem, folder, offset + 1);
  const last = segments[segments.length - 1];
  if (nextOffset > offset || last === undefined) return;
  const file = fileSystem.openAppend(last.path);
  file.write(Buffer.from(encodeLoss({ firstOffset: nextOffset, nextOffset: offset + 1, file: "" })));
  await synced(file);
  file.close();
}

export function synced(file: AppendFile): Promise<void> {
  return new Promise((resolve, reject) => {
    file.sync((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
