import path from "node:path";
import { Overloaded, StorageFull, StorageUnavailable } from "../domain/errors.js";
import type { EventBatch } from "../domain/events.js";
import type { AppendOutcome, Journal } from "../domain/ports.js";
import type { TranscriptChange } from "../domain/transcript-changes.js";
import type { AppendFile, FileSystem } from "./file-system.js";
import { recoverSegments, records, synced, type SegmentFile } from "./open.js";
import { entryJson, type JournalRecord } from "./line.js";
import { LineEncoder } from "./line-encoder.js";
import { offsetsTaken, segmentName } from "./segment.js";

export interface JournalOptions {
  readonly folder: string;
  /** A segment that has reached this size is followed by a new one. */
  readonly segmentBytes: number;
  /** What may wait for the disk before appends are refused. */
  readonly maxQueuedBytes: number;
  readonly fileSystem: FileSystem;
  /** Offset of the first event where there is no segment yet. */
  readonly startOffset?: number;
  /** Told after a segment was closed; `lastOffset` is the last one in it. */
  readonly onSegmentClosed?: (lastOffset: number) => void;
  readonly onCommit?: (batches: number, bytes: number, syncMs: number) => void;
  /** Told once, when no further write will be accepted. */
  readonly onPoisoned?: (error: Error) => void;
}

interface Waiting {
  readonly firstOffset: number;
  readonly outcome: AppendOutcome;
}

/** More than this is not synced on the thread that answers everybody, and does not wait for others to join it. */
const LITTLE_BYTES = 65_536;
/** Room a full disk must have regained before the journal calls itself ready again. */
const ROOM_BYTES = 1_048_576;

/**
 * The write-ahead log in files of text lines (docs/storage-format.md).
 *
 * What arrives while a sync is in flight shares the next write and one `fdatasync`. After a failed sync the
 * kernel may have dropped pages, so nothing is accepted until the process restarts. A write that fails for
 * want of space is cut back and may be tried again.
 */
export class FileJournal implements Journal {
  readonly tornBytes: number;
  #segments: SegmentFile[];
  #file: AppendFile;
  /** Size of the open segment up to the last commit. */
  #size: number;
  #head: number;
  #nextOffset: number;
  /** First offset of the commit that is being collected. */
  #group: number;
  /** What the lines of the next commit say, in order, and how long that is. */
  #lines: string[] = [];
  #queuedBytes = 0;
  readonly #encoder = new LineEncoder();
  #queue: Waiting[] = [];
  /** Batches in the commit before. */
  #groupBefore = 0;
  #endsSegment = false;
  #committing = false;
  #scheduled = false;
  #poison: Error | undefined;
  #full = false;
  #waitingForIdle: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  private constructor(private readonly options: JournalOptions) {
    const { segments, nextOffset, tornBytes } = recoverSegments(
      options.fileSystem,
      options.folder,
      options.startOffset,
    );
    this.#segments = [...segments];
    const last = segments[segments.length - 1] as SegmentFile;
    this.#file = options.fileSystem.openAppend(last.path);
    this.#size = last.size;
    this.#nextOffset = nextOffset;
    this.#group = nextOffset;
    this.#head = nextOffset - 1;
    this.tornBytes = tornBytes;
  }

  /**
   * Recovers what is on disk and syncs it: what a reader is shown from now on must not be lost.
   * @throws JournalCorrupt
   */
  static async open(options: JournalOptions): Promise<FileJournal> {
    const journal = new FileJournal(options);
    await synced(journal.#file);
    return journal;
  }

  get head(): number {
    return this.#head;
  }

  get segmentCount(): number {
    return this.#segments.length;
  }

  /** Offset of the first event that is still in the journal. */
  get firstOffset(): number {
    return this.#segments[0]?.firstOffset ?? this.#nextOffset;
  }

  get isPoisoned(): boolean {
    return this.#poison !== undefined;
  }

  /** False while a write would not succeed. */
  get isHealthy(): boolean {
    return this.#poison === undefined && !this.isFull;
  }

  /** Whether the last write found no space and there is still none. */
  get isFull(): boolean {
    if (this.#full) this.#full = this.options.fileSystem.freeBytes(this.options.folder) < ROOM_BYTES;
    return this.#full;
  }

  /** Every record still in the journal, oldest first. To be used before the first append. */
  records(): Generator<JournalRecord> {
    return records(this.options.fileSystem, this.#segments);
  }

  append(entry: EventBatch | TranscriptChange, outcome: AppendOutcome): void {
    if (this.#poison !== undefined) throw new StorageUnavailable(this.#poison.message);
    if (this.#queuedBytes > this.options.maxQueuedBytes) throw new Overloaded();
    const firstOffset = this.#nextOffset;
    const line = entryJson(entry, firstOffset, this.#group);
    this.#lines.push(line);
    this.#queuedBytes += Buffer.byteLength(line);
    this.#queue.push({ firstOffset, outcome });
    this.#nextOffset += offsetsTaken(entry);
    this.#schedule();
  }

  /** Removes the segments that hold nothing after `offset`, but never the open one. */
  retire(offset: number): void {
    while (this.#segments.length > 1 && (this.#segments[1] as SegmentFile).firstOffset <= offset + 1) {
      const [oldest] = this.#segments;
      this.options.fileSystem.remove((oldest as SegmentFile).path);
      this.#segments.shift();
    }
  }

  /** Begins a new segment, so that all before it can be retired. Only while nothing is being appended. */
  startSegment(): void {
    if (this.#size > 0) this.#switchSegment(this.#nextOffset);
  }

  /** Ends the open segment, now or with the next commit. */
  endSegment(): void {
    if (this.#queue.length === 0 && !this.#committing) this.startSegment();
    else this.#endsSegment = true;
  }

  /** Waits until nothing is queued or being written. */
  async drain(): Promise<void> {
    if (this.#queue.length === 0 && !this.#committing) return;
    await new Promise<void>((resolve) => this.#waitingForIdle.push(resolve));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.drain();
    this.#poison ??= new Error("the journal is closed");
    this.#file.close();
  }

  /**
   * Commits at the end of this turn of the event loop: what the turn still brings joins in. Where there is much
   * already it is not kept waiting, so that the disk works while the rest of the turn is read.
   */
  #schedule(): void {
    if (this.#committing) return;
    if (this.#queuedBytes > LITTLE_BYTES) queueMicrotask(this.#commitQueued);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commitQueued();
    });
  }

  readonly #commitQueued = (): void => {
    if (!this.#committing && this.#queue.length > 0) this.#commit();
  };

  #commit(): void {
    const group = this.#queue;
    const firstOffset = this.#group;
    const bytes = this.#encoder.encode(this.#lines);
    this.#forgetQueue();
    this.#group = this.#nextOffset;
    const lastOffset = this.#nextOffset - 1;
    try {
      if (this.#size >= this.options.segmentBytes || (this.#endsSegment && this.#size > 0))
        this.#switchSegment(firstOffset);
      this.#file.write(bytes);
    } catch (error) {
      this.#rollBack(group, firstOffset, error as NodeJS.ErrnoException);
      return;
    }
    this.#committing = true;
    const startedMs = performance.now();
    this.#file.sync(
      (error) => {
        this.#committing = false;
        if (error !== null) this.#poisonWith(error, group);
        else this.#committed(group, lastOffset, bytes.length, performance.now() - startedMs);
        this.#afterCommit();
      },
      this.#isAlone(group, bytes.length),
    );
  }

  /** Whether one writer sends one batch after the other: nobody would share the next commit. */
  #isAlone(group: readonly Waiting[], bytes: number): boolean {
    const wasAlone = this.#groupBefore === 1;
    this.#groupBefore = group.length;
    return wasAlone && group.length === 1 && bytes <= LITTLE_BYTES;
  }

  #forgetQueue(): void {
    this.#queue = [];
    this.#lines = [];
    this.#queuedBytes = 0;
  }

  #committed(group: readonly Waiting[], lastOffset: number, bytes: number, syncMs: number): void {
    this.#size += bytes;
    this.#head = lastOffset;
    this.#full = false;
    for (const { firstOffset, outcome } of group) outcome.stored(firstOffset);
    this.options.onCommit?.(group.length, bytes, syncMs);
  }

  #afterCommit(): void {
    if (this.#queue.length > 0) this.#schedule();
    else this.#idle();
  }

  #switchSegment(firstOffset: number): void {
    const { folder, fileSystem, onSegmentClosed } = this.options;
    const next = path.join(folder, segmentName(firstOffset));
    const file = fileSystem.openAppend(next);
    this.#file.close();
    this.#file = file;
    this.#size = 0;
    this.#endsSegment = false;
    this.#segments.push({ path: next, firstOffset, size: 0 });
    onSegmentClosed?.(firstOffset - 1);
  }

  /** Nothing of a failed write stays. What was queued behind it was decided on it, so it fails as well. */
  #rollBack(group: readonly Waiting[], firstOffset: number, error: NodeJS.ErrnoException): void {
    const noSpace = error.code === "ENOSPC" || error.code === "EDQUOT";
    try {
      this.#file.truncate(this.#size);
    } catch (truncation) {
      this.#poisonWith(truncation as Error, group);
      return;
    }
    if (!noSpace) {
      this.#poisonWith(error, group);
      return;
    }
    this.#full = true;
    this.#nextOffset = firstOffset;
    this.#group = firstOffset;
    this.#fail(group, new StorageFull());
    this.#afterCommit();
  }

  #poisonWith(error: Error, group: readonly Waiting[]): void {
    this.#poison = error;
    this.options.onPoisoned?.(error);
    const queued = this.#queue;
    this.#forgetQueue();
    this.#fail([...group, ...queued], new StorageUnavailable(error.message));
    this.#idle();
  }

  #idle(): void {
    for (const resolve of this.#waitingForIdle.splice(0)) resolve();
  }

  #fail(waiting: readonly Waiting[], error: Error): void {
    for (const { outcome } of waiting) outcome.failed(error);
  }
}
