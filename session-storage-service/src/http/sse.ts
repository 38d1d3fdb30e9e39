import type { Request, Response } from "express";
import { StreamQuery } from "session-protocol";
import { RecorderError } from "../domain/errors.js";
import type { Cursor } from "../feed/cursor.js";
import type { Subscription } from "../feed/feed.js";
import type { Recorder } from "../recorder.js";

export interface StreamsOptions {
  readonly recorder: Recorder;
  readonly heartbeatSeconds: number;
  /** Bytes that may wait in a response before its cursor stops. */
  readonly bufferBytes: number;
  readonly hasRoom: () => boolean;
}

/** A session's events, or those of all, as a stream shows them. */
export interface LiveStream extends Pick<Subscription, "sessionId" | "after" | "wrapping"> {
  /** Of the session, read in the same turn of the event loop. */
  readonly lastSeq?: number;
}

export type FoundStream = LiveStream | { readonly only: Buffer };

/** What a reader gets who resumes after this place: live events, or nothing but some last words. */
export type FindStream = (recorder: Recorder, after: number | undefined) => Promise<FoundStream>;

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
        if (response.writableLength === 0 && !response.writableEnded) response.write(": heartbeat\n\n");
    }, options.heartbeatSeconds * 1_000);
    this.#beating.unref();
  }

  get count(): number {
    return this.#open.size;
  }

  /** Sends what `find` finds for the point that the reader resumes from. */
  async serve(request: Request, response: Response, find: FindStream): Promise<void> {
    const { recorder, hasRoom } = this.options;
    const after = resumePoint(request);
    if (!hasRoom()) throw new RecorderError("rate_limited", "too many live connections");
    const stream = await find(recorder, after);
    if (response.destroyed) return;
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    if ("only" in stream) {
      response.end(stream.only);
      return;
    }
    response.flushHeaders();
    this.#begin(response, stream);
  }

  close(): void {
    clearInterval(this.#beating);
    for (const { response, cursor } of this.#open) {
      cursor.close();
      response.end();
    }
    this.#open.clear();
  }

  #begin(response: Response, { lastSeq, ...place }: LiveStream): void {
    const end = () => response.end();
    const sink = {
      write: (bytes: Buffer) => {
        if (bytes.length > 0) response.write(bytes);
        return response.writableLength < this.options.bufferBytes || !response.writableNeedDrain;
      },
      end,
    };
    const cursor = this.options.recorder.feed.subscribe({ ...place, sink, onError: end }, lastSeq);
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

/** `Last-Event-ID` is what a browser sends when it comes back, so it is newer than the `after` of the URL. */
function resumePoint(request: Request): number | undefined {
  const lastEventId = request.get("last-event-id");
  const { after } = StreamQuery.parse(request.query);
  return lastEventId === undefined ? after : (StreamQuery.parse({ after: lastEventId }).after ?? after);
}
