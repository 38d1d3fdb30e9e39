import type { Request, Response } from "express";
import { StreamQuery } from "session-protocol";
import { RecorderError } from "../domain/errors.js";
import type { Cursor } from "../feed/cursor.js";
import { inOrder } from "../domain/run-documents.js";
import type { Session } from "../domain/session.js";
import type { Wrapping } from "../feed/group.js";
import type { Recorder } from "../recorder.js";
import { RunEvents } from "./run-stream.js";
import { serverSentEvents } from "./server-sent-events.js";

export interface StreamsOptions {
  readonly recorder: Recorder;
  readonly heartbeatSeconds: number;
  /** Bytes that may wait in a response before its cursor stops. */
  readonly bufferBytes: number;
  readonly hasRoom: () => boolean;
}

/** A run as the index or its session has it. */
export interface StreamedRun {
  readonly sessionId: string;
  readonly runId: string;
  readonly startSeq: number;
  readonly endSeq: number | null;
}

interface Followed {
  readonly sessionId: string | undefined;
  readonly after: number | undefined;
  readonly wrapping: Wrapping;
  /** Whether nothing more is to come. */
  readonly isOver: () => boolean;
}

interface OpenStream {
  readonly response: Response;
  readonly cursor: Cursor;
}

/** The SSE streams that are open, of one session each or of all sessions. */
export class Streams {
  readonly #open = new Set<OpenStream>();
  readonly #beating: NodeJS.Timeout;

  constructor(private readonly options: StreamsOptions) {
    this.#beating = setInterval(() => {
      for (const { response } of this.#open)
        if (response.writableLength === 0) response.write(": heartbeat\n\n");
    }, options.heartbeatSeconds * 1_000);
    this.#beating.unref();
  }

  get count(): number {
    return this.#open.size;
  }

  /** `GET /api/sessions/:id/stream` with the session's id, `GET /api/stream` without. */
  async serve(request: Request, response: Response, sessionId?: string): Promise<void> {
    const after = resumePoint(request);
    this.#requireRoom();
    const lastSeq = sessionId === undefined ? 0 : (await this.options.recorder.sessions.get(sessionId)).seq;
    if (!begun(request, response)) return;
    this.#follow(response, { sessionId, after, wrapping: serverSentEvents, isOver: () => false }, lastSeq);
  }

  /** `GET /api/runs/:runId/stream`: from the run's beginning to its end. */
  async serveRun(request: Request, response: Response, run: StreamedRun): Promise<void> {
    const after = resumePoint(request);
    this.#requireRoom();
    const session = await this.options.recorder.sessions.get(run.sessionId);
    if (begun(request, response)) this.#followRun(response, session, run, after);
  }

  /** `GET /api/sessions/:id/runs/active/stream`: of the runs that are running the newest. */
  async serveActive(request: Request, response: Response, sessionId: string): Promise<void> {
    const after = resumePoint(request);
    this.#requireRoom();
    const session = await this.options.recorder.sessions.get(sessionId);
    const run = inOrder(session.runs).findLast(({ interruptedAt }) => interruptedAt === null);
    if (!begun(request, response)) return;
    if (run === undefined) response.end(plainEvent("no_active_invocation"));
    else this.#followRun(response, session, { ...run, sessionId, startSeq: run.seq, endSeq: null }, after);
  }

  close(): void {
    clearInterval(this.#beating);
    for (const { response, cursor } of this.#open) {
      cursor.close();
      response.end();
    }
    this.#open.clear();
  }

  #requireRoom(): void {
    if (!this.options.hasRoom()) throw new RecorderError("rate_limited", "too many live connections");
  }

  /** What the session says of an open run is as new as its last seq, which the index may not be. */
  #followRun(response: Response, session: Session, run: StreamedRun, resumeAfter: number | undefined): void {
    const { runId, sessionId, startSeq } = run;
    const open = session.runs.open.get(runId);
    const after = Math.max(resumeAfter ?? 0, startSeq - 1);
    const endSeq = open === undefined ? (run.endSeq ?? session.seq) : null;
    const isInterrupted = open !== undefined && open.interruptedAt !== null;
    const wrapping = new RunEvents({ runId, endSeq, isInterrupted, lastSeq: session.seq }, after);
    if (wrapping.isOver) response.end(plainEvent("end"));
    else this.#follow(response, { sessionId, after, wrapping, isOver: () => wrapping.isOver }, session.seq);
  }

  #follow(response: Response, followed: Followed, lastSeq: number): void {
    const end = () => response.end();
    const sink = {
      write: (bytes: Buffer) => {
        if (response.writableEnded) return false;
        if (bytes.length > 0) response.write(bytes);
        if (followed.isOver()) response.end(plainEvent("end"));
        return response.writableLength < this.options.bufferBytes || !response.writableNeedDrain;
      },
      end,
    };
    const { sessionId, after, wrapping } = followed;
    const { feed } = this.options.recorder;
    const cursor = feed.subscribe({ sessionId, after, wrapping, sink, onError: end }, lastSeq);
    const stream = { response, cursor };
    this.#open.add(stream);
    response.on("drain", () => {
      cursor.drained();
    });
    response.on("close", () => {
      cursor.close();
      this.#open.delete(stream);
    });
  }
}

/** Whether the answer is to go on: its reader is still there and has asked for more than the head. */
function begun(request: Request, response: Response): boolean {
  if (response.destroyed) return false;
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  if (request.method === "HEAD") {
    response.end();
    return false;
  }
  response.flushHeaders();
  return true;
}

function plainEvent(name: string): string {
  return `event: ${name}\ndata: {}\n\n`;
}

/** `Last-Event-ID` is what a browser sends when it comes back, so it is newer than the `after` of the URL. */
function resumePoint(request: Request): number | undefined {
  const lastEventId = request.get("last-event-id");
  const { after } = StreamQuery.parse(request.query);
  return lastEventId === undefined ? after : (StreamQuery.parse({ after: lastEventId }).after ?? after);
}
