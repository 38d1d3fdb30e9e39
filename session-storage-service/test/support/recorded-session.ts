import fs from "node:fs";
import path from "node:path";
import type { EventType, JsonObject } from "session-protocol";
import { metadataDocument, metadataOf } from "../../src/domain/documents.js";
import type { StoredEvent } from "../../src/domain/events.js";
import type { SessionSummary } from "../../src/domain/reading.js";
import { boundaryChanges, liveChanges } from "../../src/domain/run-changes.js";
import { runsDocument, usageDocument } from "../../src/domain/run-documents.js";
import { evolve, type Session } from "../../src/domain/session.js";
import { encodeLine, logOf, LOG_KINDS } from "../../src/projection/log-line.js";

const START_MS = Date.parse("2026-01-01T00:00:00.000Z");

/** Sessions recorded into a folder the way the service does it, one clock and one offset for all. */
export class Recording {
  offset = 0;

  constructor(readonly sessionsFolder: string) {}

  session(sessionId: string, create: JsonObject = {}): RecordedSession {
    return new RecordedSession(this, sessionId, { userId: "ana", initial: {}, ...create });
  }
}

export class RecordedSession {
  session: Session | undefined;
  readonly #firstOffset: number;
  #lastOffset = 0;
  #unwritten: StoredEvent[] = [];
  readonly #events: StoredEvent[] = [];

  constructor(
    private readonly recording: Recording,
    readonly sessionId: string,
    create: JsonObject,
  ) {
    this.add("session_created", create);
    this.#firstOffset = recording.offset;
  }

  get folder(): string {
    return path.join(this.recording.sessionsFolder, this.sessionId);
  }

  add(type: EventType, data: JsonObject): this {
    this.recording.offset += 1;
    const { offset } = this.recording;
    const seq = (this.session?.seq ?? 0) + 1;
    const timestamp = new Date(START_MS + offset * 1_000).toISOString();
    const event: StoredEvent = {
      type,
      sessionId: this.sessionId,
      seq,
      offset,
      id: `e${String(offset)}`,
      timestamp,
      data,
      raw: JSON.stringify(data),
    };
    this.session = evolve(this.session, event);
    this.#lastOffset = offset;
    this.#unwritten.push(event);
    this.#events.push(event);
    return this;
  }

  action(data: JsonObject): this {
    return this.add("action", { type: "tool_call", ...data });
  }

  /** Brings the files up to date. */
  write(): this {
    fs.mkdirSync(this.folder, { recursive: true });
    for (const event of this.#unwritten) {
      fs.appendFileSync(path.join(this.folder, `${logOf(event.type)}.jsonl`), encodeLine(event));
    }
    this.#unwritten = [];
    const session = this.session as Session;
    this.#document("runs", runsDocument(session.runs));
    this.#document("usage", usageDocument(session.usage));
    this.#document("metadata", metadataDocument(session));
    return this;
  }

  /** Leaves documents that say less than the logs do, as a power cut may. */
  damageDerived(): void {
    this.#document("runs", { seq: 1, runs: [] });
    this.#document("usage", { seq: 1, usage: [] });
  }

  #document(name: string, value: unknown): void {
    fs.writeFileSync(path.join(this.folder, `${name}.json`), `${JSON.stringify(value, null, 2)}\n`);
  }

  get metadata(): SessionSummary["metadata"] {
    if (this.session === undefined) throw new Error("the session has no events");
    return metadataOf(this.session);
  }

  get summary(): SessionSummary {
    return {
      metadata: this.metadata,
      firstOffset: this.#firstOffset,
      lastOffset: this.#lastOffset,
      runs: {
        ...boundaryChanges(this.#events, this.metadata.forkedFrom?.seq ?? 0),
        live: liveChanges((this.session as Session).runs, undefined),
      },
      usage: usageDocument((this.session as Session).usage).usage,
      storageBytes: LOG_KINDS.reduce((sum, kind) => sum + sizeOf(path.join(this.folder, `${kind}.jsonl`)), 0),
    };
  }
}

function sizeOf(file: string): number {
  return fs.existsSync(file) ? fs.statSync(file).size : 0;
}
