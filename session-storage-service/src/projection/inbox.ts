import { isUtf8 } from "node:buffer";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { watch, type FSWatcher } from "chokidar";
import { SessionId, UserId, type JsonObject } from "session-protocol";
import { z } from "zod";
import { InvalidRequest, RecorderError } from "../domain/errors.js";
import { inboxLines, type InboxFileLine } from "./inbox-lines.js";
import { InboxRejects } from "./inbox-rejects.js";
import type { Log } from "./index-messages.js";

/** Whose session it is when a line makes one without saying. */
export const INBOX_USER_ID = "inbox";

/** One line of a dropped file: events of one session. Every event that is an object has an id. */
export interface InboxLine {
  readonly sessionId: string;
  /** Undefined: whoever owns the session; `INBOX_USER_ID` where it has to be made. */
  readonly userId: string | undefined;
  readonly events: readonly unknown[];
}

export interface InboxOptions {
  readonly folder: string;
  /** Longer lines are rejected unread. */
  readonly maxLineBytes: number;
  /**
   * Stores the line's events, all or none, and makes the session if there is none; resolves once they are
   * durable. A repeat, known by the events' ids, stores nothing.
   * @throws RecorderError
   */
  readonly ingest: (line: InboxLine) => Promise<unknown>;
  /** The problem document, as JSON text in `body`, for what `ingest` threw. */
  readonly problemOf: (error: unknown) => { readonly body: string };
  readonly log: Log;
  /** How long a file must not have changed before it counts as written to its end. */
  readonly settleMs?: number;
}

const SETTLE_MS = 1_000;
const POLL_MS = 100;
const RETRY_MS = { first: 250, last: 30_000 } as const;

/** These pass: the line waits for them. */
const STORAGE_CODES = new Set<string>(["storage_unavailable", "storage_full", "rate_limited"]);
const DISK_CODES = new Set<unknown>(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"]);

const Line = z.object({
  sessionId: SessionId,
  userId: UserId.optional(),
  events: z.array(z.unknown()).min(1),
});

/**
 * Ingests the JSONL files that are dropped into a folder, line by line, and removes each when all of it is
 * stored. A file that was cut short by a crash is read again from its start: what it stored is known by its
 * events' ids, and one without an id gets one from what the file holds up to its line. Lines that cannot be stored go to `rejected/`, the rest of the file does not wait for them.
 */
export class Inbox {
  readonly #rejects: InboxRejects;
  readonly #closing = new AbortController();
  readonly #queued = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  #watcher: FSWatcher | undefined;

  constructor(private readonly options: InboxOptions) {
    this.#rejects = new InboxRejects(path.join(options.folder, "rejected"));
  }

  /** Begins with the files that are there. */
  async start(): Promise<void> {
    await fs.mkdir(this.options.folder, { recursive: true });
    this.#watch(false);
  }

  /** Stops after the line that is being stored; what is left is ingested after the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watcher?.close();
    await this.#work;
  }

  /** Where the system has no room for another watch, the folder is looked at every now and then instead. */
  #watch(usePolling: boolean): void {
    const { folder, log } = this.options;
    const watcher = watch(folder, {
      depth: 0,
      followSymlinks: false,
      usePolling,
      awaitWriteFinish: {
        stabilityThreshold: this.#settleMs,
        pollInterval: Math.min(POLL_MS, this.#settleMs),
      },
    });
    const take = (file: string): void => this.#enqueue(file);
    watcher.on("add", take).on("change", take);
    watcher.on("error", (error) => {
      log("warn", { err: error, folder, usePolling }, "the inbox cannot be watched");
      if (usePolling || this.#isClosing()) return;
      void watcher.close();
      this.#watch(true);
    });
    this.#watcher = watcher;
  }

  get #settleMs(): number {
    return this.options.settleMs ?? SETTLE_MS;
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #enqueue(file: string): void {
    const name = path.basename(file);
    if (!name.endsWith(".jsonl") || name.startsWith(".") || this.#queued.has(file)) return;
    this.#queued.add(file);
    this.#work = this.#work.then(() => this.#take(file));
  }

  /** Never rejects. A file that is still being written to goes behind the others. */
  async #take(file: string): Promise<void> {
    this.#queued.delete(file);
    if (this.#isClosing()) return;
    try {
      if (!(await this.#ingestFile(file))) this.#enqueue(file);
    } catch (error) {
      if (this.#isClosing() || (error as NodeJS.ErrnoException).code === "ENOENT") return;
      this.options.log(
        "error",
        { err: error, file },
        "an inbox file could not be read; it stays where it is",
      );
    }
  }

  /** False where the file changes: then it is to be read again. */
  async #ingestFile(file: string): Promise<boolean> {
    if (!(await fs.lstat(file)).isFile()) return true;
    const before = await this.#settled(file);
    if (before === undefined) return false;
    const handle = await fs.open(file, "r");
    let lines = 0;
    let rejected = 0;
    try {
      for await (const line of inboxLines(handle, this.options.maxLineBytes)) {
        this.#closing.signal.throwIfAborted();
        lines += 1;
        if (!(await this.#persisted(() => this.#ingestLine(file, line)))) rejected += 1;
      }
    } finally {
      await handle.close();
    }
    if ((await identityOf(file)) !== before) return false;
    await this.#persisted(() => fs.rm(file));
    this.options.log("info", { file, lines, rejected }, "ingested an inbox file");
    return true;
  }

  /** What the file is, once nobody has written to it for a while; undefined where somebody has. */
  async #settled(file: string): Promise<string | undefined> {
    const before = await identityOf(file);
    const { mtimeMs } = await fs.stat(file);
    if (Date.now() - mtimeMs >= this.#settleMs) return before;
    await pause(this.#settleMs, undefined, { signal: this.#closing.signal });
    return (await identityOf(file)) === before ? before : undefined;
  }

  /** False where the line was rejected. */
  async #ingestLine(file: string, line: InboxFileLine): Promise<boolean> {
    try {
      const parsed = parseLine(line);
      if (parsed !== undefined) await this.options.ingest(parsed);
      return true;
    } catch (error) {
      if (isPassing(error)) throw error;
      const { body } = this.options.problemOf(error);
      const rejected = await this.#rejects.add(file, line, body);
      const cause = isSendersFault(error) ? { reason: error.message } : { err: error };
      this.options.log("warn", { file, line: line.number, rejected, ...cause }, "rejected an inbox line");
      return false;
    }
  }

  /** Does it, again and again while the storage does not take it. */
  async #persisted<T>(work: () => Promise<T>): Promise<T> {
    for (let delayMs: number = RETRY_MS.first; ; delayMs = Math.min(RETRY_MS.last, delayMs * 2)) {
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error)) throw error;
        this.options.log("warn", { err: error, retryMs: delayMs }, "the inbox waits for the storage");
        await pause(delayMs, undefined, { signal: this.#closing.signal });
      }
    }
  }
}

/** @throws RecorderError, ZodError */
function parseLine(line: InboxFileLine): InboxLine | undefined {
  const { bytes } = line;
  if (bytes === undefined)
    throw new RecorderError("payload_too_large", "the line is longer than a request body may be");
  if (!isUtf8(bytes)) throw InvalidRequest.at("", "is not valid UTF-8");
  const text = bytes.toString("utf8");
  if (text.trim() === "") return undefined;
  const { sessionId, userId, events } = Line.parse(parseJson(text));
  return { sessionId, userId, events: events.map((event, index) => withId(event, line, index)) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw InvalidRequest.at("", `is not valid JSON: ${(error as Error).message}`);
  }
}

/**
 * An event without an id gets one that it gets again when the same file is read again. An action or a
 * response may have its id in its data.
 */
function withId(event: unknown, line: InboxFileLine, index: number): unknown {
  if (!isObject(event) || Object.hasOwn(event, "id")) return event;
  const isEntry = event.type === "action" || event.type === "response";
  if (isEntry && isObject(event.data) && Object.hasOwn(event.data, "id")) return event;
  return { id: `inbox-${line.digest()}-${index}`, ...event };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPassing(error: unknown): boolean {
  if (error instanceof RecorderError) return STORAGE_CODES.has(error.code);
  return error instanceof Error && "code" in error && DISK_CODES.has(error.code);
}

/** Otherwise it is ours, and its stack is worth keeping. */
function isSendersFault(error: unknown): error is RecorderError | z.ZodError {
  return error instanceof RecorderError || error instanceof z.ZodError;
}

/** Which file it is and what it holds, as far as its metadata tells. */
async function identityOf(file: string): Promise<string> {
  const { ino, size, mtimeNs } = await fs.stat(file, { bigint: true });
  return [ino, size, mtimeNs].join(":");
}
