import fs from "node:fs";
import path from "node:path";
import { decodeEvent, LOG_KINDS, seqOf, type LogKind } from "./log-line.js";
import { searchText } from "./search-text.js";

/** How far a session's logs were read: the last seq, and where in each file the next line begins. */
export interface TextProgress {
  readonly seq: number;
  readonly positions: Readonly<Record<LogKind, number>>;
}

export const FROM_START: TextProgress = { seq: 0, positions: { actions: 0, responses: 0, events: 0 } };

export interface EventWords {
  readonly seq: number;
  readonly text: string;
  readonly type: string;
  readonly timestamp: string;
}

/**
 * Why reading ended: everything asked for was read (`done`); there is more to read right now (`more`); the
 * next event is in no file yet (`missing`); it is in no file, though later ones are (`gap`).
 */
export type ReadingEnd = "done" | "more" | "missing" | "gap";

export interface Reading {
  readonly words: EventWords[];
  readonly progress: TextProgress;
  readonly end: ReadingEnd;
}

export interface ReadingLimits {
  /** The last seq wanted. */
  readonly upTo: number;
  readonly maxEvents: number;
  /** UTF-16 units; the event that reaches it is still read. */
  readonly maxUnits: number;
  /** Whether to go on behind events that are in no file. */
  readonly overGaps: boolean;
}

/**
 * Reads a session's next events from its three logs, in seq order. The logs are not written together, so
 * an event is taken only when the one before it was, unless `overGaps`.
 */
export function readWords(
  folder: string,
  sessionId: string,
  from: TextProgress,
  limits: ReadingLimits,
): Reading {
  const windows = LOG_KINDS.map((kind) => new LogWindow(kind, folder, from.positions[kind]));
  const words: EventWords[] = [];
  let { seq } = from;
  let units = 0;
  const ended = (end: ReadingEnd): Reading => ({ words, progress: progressOf(seq, windows), end });
  while (seq < limits.upTo) {
    if (words.length >= limits.maxEvents || units >= limits.maxUnits) return ended("more");
    const next = lowest(windows, seq);
    const follows = next?.seq === seq + 1;
    if (!follows && windows.some((window) => window.isExhausted)) return ended("more");
    if (next === undefined) return ended("missing");
    if (!follows && !limits.overGaps) return ended("gap");
    seq = Math.min(next.seq, limits.upTo);
    if (next.seq > limits.upTo) break;
    const found = wordsOf(next.kind, sessionId, next.take());
    if (found !== undefined) words.push(found);
    units += found?.text.length ?? 0;
  }
  return ended("done");
}

/** The window whose next line comes first after `seq`; lines up to `seq` are passed by. */
function lowest(windows: readonly LogWindow[], seq: number): LogWindow | undefined {
  let first: LogWindow | undefined;
  for (const window of windows) {
    window.skipTo(seq + 1);
    if (window.seq !== 0 && (first === undefined || window.seq < first.seq)) first = window;
  }
  return first;
}

function progressOf(seq: number, [actions, responses, events]: readonly LogWindow[]): TextProgress {
  const at = (window: LogWindow | undefined): number => window?.position ?? 0;
  return { seq, positions: { actions: at(actions), responses: at(responses), events: at(events) } };
}

function wordsOf(kind: LogKind, sessionId: string, line: string): EventWords | undefined {
  const event = decodeEvent(kind, sessionId, line);
  if (event?.expired === true) return undefined;
  return (
    event && { seq: event.seq, text: searchText(event.data), type: event.type, timestamp: event.timestamp }
  );
}

const WINDOW_BYTES = 65_536;
const NEWLINE = 0x0a;

/** The next whole lines of one log, as latin1 characters. A log that is not there has none. */
class LogWindow {
  position: number;
  /** Seq of the line at `position`; 0 where the window has no more. */
  seq = 0;
  readonly #lines: string[];
  readonly #reachesEnd: boolean;
  #next = 0;

  constructor(
    readonly kind: LogKind,
    folder: string,
    position: number,
  ) {
    const { start, text, reachesEnd } = readWindow(path.join(folder, `${kind}.jsonl`), position);
    this.position = start;
    this.#lines = text.split("\n").slice(0, -1);
    this.#reachesEnd = reachesEnd;
    this.#look();
  }

  /** Whether all lines were taken but the log has more. */
  get isExhausted(): boolean {
    return this.seq === 0 && !this.#reachesEnd;
  }

  skipTo(seq: number): void {
    while (this.seq !== 0 && this.seq < seq) this.take();
  }

  take(): string {
    const line = this.#lines[this.#next] ?? "";
    this.#advance(line);
    this.#look();
    return line;
  }

  /** Passes by what is no line of ours. */
  #look(): void {
    this.seq = 0;
    for (let line = this.#lines[this.#next]; line !== undefined; line = this.#lines[this.#next]) {
      this.seq = seqOf(line);
      if (this.seq !== 0) return;
      this.#advance(line);
    }
  }

  #advance(line: string): void {
    this.#next += 1;
    this.position += line.length + 1;
  }
}

interface RawWindow {
  readonly start: number;
  readonly text: string;
  readonly reachesEnd: boolean;
}

function readWindow(file: string, position: number): RawWindow {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { start: position, text: "", reachesEnd: true };
  }
  try {
    const { size } = fs.fstatSync(descriptor);
    const start = isLineStart(descriptor, position, size) ? position : 0;
    return readLines(descriptor, start, size);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** A file that was rewritten since may have other lines at other places. */
function isLineStart(descriptor: number, position: number, size: number): boolean {
  if (position === 0 || position > size) return false;
  const before = Buffer.alloc(1);
  fs.readSync(descriptor, before, 0, 1, position - 1);
  return before[0] === NEWLINE;
}

/** At least one whole line, where the file has one. */
function readLines(descriptor: number, start: number, size: number): RawWindow {
  for (let wanted = WINDOW_BYTES; ; wanted *= 4) {
    const length = Math.min(wanted, size - start);
    const bytes = Buffer.allocUnsafe(length);
    const read = fs.readSync(descriptor, bytes, 0, length, start);
    const end = bytes.subarray(0, read).lastIndexOf(NEWLINE) + 1;
    const reachesEnd = read === 0 || start + read >= size;
    if (end > 0 || reachesEnd) return { start, text: bytes.toString("latin1", 0, end), reachesEnd };
  }
}
