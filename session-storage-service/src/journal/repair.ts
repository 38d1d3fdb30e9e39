import path from "node:path";
import type { FileSystem } from "./file-system.js";
import { encodeLoss } from "./line.js";
import { judge, verdicts } from "./recovery.js";
import { nextOffset, scan, segmentName, segmentOffsets, type ScannedLine } from "./segment.js";

/** One damaged place that was taken out. Offsets from `firstOffset` up to, not including, `nextOffset` are lost. */
export interface Loss {
  readonly segment: string;
  /** Bytes from the segment's start. */
  readonly position: number;
  readonly bytes: number;
  readonly firstOffset: number;
  readonly nextOffset: number;
  /** Where the damaged bytes are now; empty where a whole segment was missing. */
  readonly file: string;
}

/**
 * Rewrites every segment with damage before intact data: what is intact stays, the damaged bytes go to a
 * file of their own under `damaged/`, and a loss record takes their place. A torn tail is left to recovery.
 */
export function repairSegments(fileSystem: FileSystem, folder: string): Loss[] {
  fileSystem.makeFolder(folder);
  const offsets = segmentOffsets(fileSystem.list(folder));
  const losses: Loss[] = [];
  let expected = offsets[0] ?? 1;
  for (const [index, firstOffset] of offsets.entries()) {
    if (firstOffset > expected) losses.push(fillGap(fileSystem, folder, expected, firstOffset));
    const repair = new SegmentRepair(fileSystem, folder, firstOffset, offsets[index + 1]);
    expected = repair.run(losses);
  }
  return losses;
}

/** A segment that is missing becomes one that says so. */
function fillGap(fileSystem: FileSystem, folder: string, firstOffset: number, next: number): Loss {
  const segment = segmentName(firstOffset);
  fileSystem.replace(
    path.join(folder, segment),
    Buffer.from(encodeLoss({ firstOffset, nextOffset: next, file: "" })),
  );
  return { segment, position: 0, bytes: 0, firstOffset, nextOffset: next, file: "" };
}

class SegmentRepair {
  readonly #segment: string;
  readonly #bytes: Buffer;
  readonly #kept: Buffer[] = [];
  #expected: number;
  #damagedFrom: number | undefined;

  constructor(
    private readonly fileSystem: FileSystem,
    private readonly folder: string,
    private readonly firstOffset: number,
    private readonly nextSegment: number | undefined,
  ) {
    this.#segment = segmentName(firstOffset);
    this.#bytes = fileSystem.read(path.join(folder, this.#segment));
    this.#expected = firstOffset;
  }

  /** Adds what was lost and returns the offset that follows the segment. */
  run(losses: Loss[]): number {
    const verdict = judge(
      verdicts(this.#bytes, this.firstOffset),
      this.firstOffset,
      this.nextSegment === undefined,
    );
    if (verdict.kind !== "corrupt") return verdict.nextOffset;
    const before = losses.length;
    for (const line of scan(this.#bytes)) this.#take(line, losses);
    if (this.#damagedFrom !== undefined) {
      losses.push(this.#setAside(this.#bytes.length, this.nextSegment ?? this.#expected));
    }
    if (losses.length > before) {
      this.fileSystem.replace(path.join(this.folder, this.#segment), Buffer.concat(this.#kept));
    }
    return this.#expected;
  }

  #take(line: ScannedLine, losses: Loss[]): void {
    const { start, end, record } = line;
    if (record === undefined || record.firstOffset < this.#expected) {
      this.#damagedFrom ??= start;
      return;
    }
    if (this.#damagedFrom !== undefined || record.firstOffset > this.#expected) {
      losses.push(this.#setAside(start, record.firstOffset));
    }
    this.#kept.push(this.#bytes.subarray(start, end));
    this.#expected = nextOffset(record);
  }

  #setAside(end: number, next: number): Loss {
    const position = this.#damagedFrom ?? end;
    const folder = path.join(this.folder, "damaged");
    this.fileSystem.makeFolder(folder);
    const file = path.join("damaged", `${this.#segment}.${String(position)}`);
    this.fileSystem.replace(path.join(this.folder, file), this.#bytes.subarray(position, end));
    const loss = { firstOffset: this.#expected, nextOffset: next, file };
    this.#kept.push(Buffer.from(encodeLoss(loss)));
    this.#expected = next;
    this.#damagedFrom = undefined;
    return { segment: this.#segment, position, bytes: end - position, ...loss };
  }
}
