import type { JournalRecord } from "./line.js";
import { nextOffset, scan } from "./segment.js";

/** A line as far as the decision below needs it. */
export interface Verdict {
  readonly start: number;
  readonly number: number;
  /** Undefined where the checksum fails or the offset does not follow. */
  readonly intact: { readonly group: number; readonly nextOffset: number } | undefined;
  /** The checksum is right, but lines that were there before it are gone: no crash does that. */
  readonly misplaced?: boolean;
}

export interface Damage {
  readonly start: number;
  readonly line: number;
}

export type SegmentVerdict =
  | { readonly kind: "intact"; readonly nextOffset: number }
  | { readonly kind: "torn"; readonly nextOffset: number; readonly keepBytes: number }
  | { readonly kind: "corrupt"; readonly damage: Damage };

/**
 * What to do with a segment whose first event should have `firstOffset`.
 *
 * Only the last commit of the last segment can be unacknowledged: the next one is written after its sync.
 * So damage is a torn tail when nothing intact follows it but lines of the commit it is in itself; those
 * were not acknowledged either. Damage before anything else is real loss.
 */
export function judge(lines: readonly Verdict[], firstOffset: number, isLast: boolean): SegmentVerdict {
  const bad = lines.findIndex((line) => line.intact === undefined);
  const next = (index: number): number => lines[index]?.intact?.nextOffset ?? firstOffset;
  if (bad === -1) return { kind: "intact", nextOffset: next(lines.length - 1) };
  const damaged = lines[bad] as Verdict;
  const offsetAtDamage = next(bad - 1);
  const sameCommit = lines
    .slice(bad + 1)
    .every(({ intact }) => intact === undefined || intact.group <= offsetAtDamage);
  const nothingGone = lines.every(({ misplaced }) => misplaced !== true);
  if (isLast && sameCommit && nothingGone)
    return { kind: "torn", nextOffset: offsetAtDamage, keepBytes: damaged.start };
  return { kind: "corrupt", damage: { start: damaged.start, line: damaged.number } };
}

/** Verdicts of a segment's lines. An intact line whose offset does not follow counts as damage. */
export function verdicts(bytes: Buffer, firstOffset: number): Verdict[] {
  const found: Verdict[] = [];
  let expected: number | undefined = firstOffset;
  for (const { start, number, record } of scan(bytes)) {
    const follows = record !== undefined && (expected === undefined || record.firstOffset === expected);
    if (follows) expected = nextOffset(record);
    else if (record === undefined) expected = undefined;
    const intact = follows ? { group: groupOf(record), nextOffset: nextOffset(record) } : undefined;
    found.push({ start, number, intact, misplaced: record !== undefined && !follows });
  }
  return found;
}

/** A loss record was synced on its own by the repair. */
function groupOf(record: JournalRecord): number {
  return record.kind === "loss" ? record.firstOffset : record.group;
}
