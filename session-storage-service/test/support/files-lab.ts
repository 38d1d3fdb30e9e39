import fs from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { onTestFinished, vi } from "vitest";
import type { EventType, JsonObject } from "session-protocol";
import type { StoredEvent } from "../../src/domain/events.js";
import { fold } from "../../src/domain/fold.js";
import type { Session } from "../../src/domain/session.js";
import { Deletions } from "../../src/projection/deletions.js";
import { Layout, type DocumentName } from "../../src/projection/layout.js";
import type { LogKind } from "../../src/projection/log-line.js";
import { SessionFiles } from "../../src/projection/session-files.js";
import { stored } from "./events.js";
import { tempFolder } from "./temp-folder.js";

/** A data folder and what writes the sessions in it. Events get their seq and offset here. */
export class FilesLab {
  readonly layout: Layout;
  readonly errors: string[] = [];
  deletions: Deletions;
  files: SessionFiles;
  readonly #sessions = new Map<string, Session>();
  #offset = 0;

  constructor(
    readonly dataDir = tempFolder(),
    readonly maxPendingChars = 1_000_000,
  ) {
    this.layout = new Layout(dataDir);
    this.deletions = new Deletions(this.layout.deletions);
    this.files = this.#open();
  }

  /** The process ends without writing anything more, and another begins. */
  restart(): void {
    this.files.close();
    this.deletions = new Deletions(this.layout.deletions);
    this.files = this.#open();
  }

  /** What became durable, as one batch. */
  record(sessionId: string, ...events: (readonly [EventType, JsonObject] | EventType)[]): StoredEvent[] {
    const batch = events.map((event) => {
      const [type, data] = typeof event === "string" ? ([event, {}] as const) : event;
      const seq = type === "session_created" ? 1 : (this.#sessions.get(sessionId)?.seq ?? 0) + 1;
      this.#offset += 1;
      const made = stored({
        sessionId,
        seq,
        offset: this.#offset,
        type,
        data,
        id: `e${String(this.#offset)}`,
      });
      this.#sessions.set(sessionId, fold(seq === 1 ? undefined : this.#sessions.get(sessionId), made));
      return made;
    });
    this.files.apply(this.session(sessionId), batch);
    return batch;
  }

  /** A session with an action and a response, not yet written. */
  begin(sessionId = "s1", data: JsonObject = {}): StoredEvent[] {
    return this.record(
      sessionId,
      ["session_created", { userId: "u1", initial: { prompt: "go" }, ...data }],
      ["action", { type: "tool_call" }],
      ["response", { type: "text", usage: { inputTokens: 3 } }],
    );
  }

  session(sessionId = "s1"): Session {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) throw new Error(`nothing was recorded of ${sessionId}`);
    return session;
  }

  log(kind: LogKind, sessionId = "s1"): string {
    const file = this.layout.log(sessionId, kind);
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  }

  /** Seqs of a log's lines, each of which has to be JSON. */
  seqs(kind: LogKind, sessionId = "s1"): number[] {
    const lines = this.log(kind, sessionId).split("\n").slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { seq: number }).seq);
  }

  document(name: DocumentName, sessionId = "s1"): JsonObject | undefined {
    const file = this.layout.document(sessionId, name);
    return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as JsonObject) : undefined;
  }

  path(...names: string[]): string {
    return path.join(this.dataDir, ...names);
  }

  #open(): SessionFiles {
    const files = new SessionFiles({
      layout: this.layout,
      deletions: this.deletions,
      maxPendingChars: this.maxPendingChars,
      onError: (sessionId, { message }) => this.errors.push(`${sessionId}: ${message}`),
    });
    onTestFinished(() => {
      files.close();
    });
    return files;
  }
}

/** Files take so many bytes more, then there is no space, in the middle of a write as well. */
export function fullDiskAfter(bytes: number): { freed(): void } {
  const write = fs.writeSync as (
    file: number,
    buffer: Uint8Array,
    offset?: number,
    length?: number,
  ) => number;
  let left = bytes;
  const full = (file: number, buffer: Uint8Array, offset = 0): number => {
    if (left === 0) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    const length = Math.min(left, buffer.length - offset);
    left -= length;
    return write(file, buffer, offset, length);
  };
  const spy = vi.spyOn(fs, "writeSync").mockImplementation(full as typeof fs.writeSync);
  const freed = () => {
    spy.mockRestore();
  };
  onTestFinished(freed);
  return { freed };
}

/** Names of the files that `work` has synced. */
export async function syncedFiles(work: () => Promise<void>): Promise<string[]> {
  const probe = await open(os.tmpdir(), "r");
  const prototype = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const names: string[] = [];
  const spy = vi.spyOn(prototype, "sync").mockImplementation(function (this: FileHandle) {
    names.push(path.basename(fs.readlinkSync(`/proc/self/fd/${String(this.fd)}`)));
    return Promise.resolve();
  });
  await work().finally(() => {
    spy.mockRestore();
  });
  return names;
}
