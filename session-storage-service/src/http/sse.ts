import type { IncomingMessage, ServerResponse } from "node:http";
import { StreamQuery } from "session-protocol";
import { RecorderError } from "../domain/errors.js";
import type { Cursor, Sink } from "../feed/cursor.js";
import type { Subscription } from "../feed/feed.js";
import type { Recorder } from "../recorder.js";
import { check } from "./commands.js";

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

/** A reader's request: where it resumes from is in its header and in `query`. */
export interface StreamRequest {
  readonly request: IncomingMessage;
  readonly query: unknown;
  /** For the answer, names and values by turns, beside those that are set on it. */
  readonly headers?: readonly string[];
}

const STREAM_HEADERS = ["Content-Type", "text/event-stream; charset=utf-8", "X-Accel-Buffering", "no"];

class OpenStream implements Sink {
  cursor: Cursor | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly bufferBytes: number,
  ) {}

  write(bytes: Buffer): boolean {
    const { response } = this;
    if (bytes.length > 0) response.write(bytes);
    return response.writableLength < this.bufferBytes || !response.writableNeedDrain;
  }

  end(): void {
    this.response.end();
  }

  beat(): void {
    const { response } = this;
    if (response.writableLength === 0 && !response.writableEnded) response.write(": heartbeat\n\n");
  }
}

/** The SSE streams that are open, of one session each or of all sessions. */
export class Streams {
  readonly #open = new Set<OpenStream>();
  readonly #beating: NodeJS.Timeout;

  constructor(private readonly options: StreamsOptions) {
    this.#beating = setInterval(() => {
      for (const stream of this.#open) stream.beat();
    }, options.heartbeatSeconds * 1_000);
    this.#beating.unref();
  }

  get count(): number {
    return this.#open.size;
  }

  /** Sends what `find` finds for the point that the reader resumes from. */
  async serve(asked: StreamRequest, response: ServerResponse, find: FindStream): Promise<void> {
    const { recorder, hasRoom } = this.options;
    const after = resumePoint(asked);
    if (!hasRoom()) throw new RecorderError("rate_limited", "too many live connections");
    const stream = await find(recorder, after);
    if (response.destroyed) return;
    response.writeHead(200, [...STREAM_HEADERS, ...(asked.headers ?? [])]);
    if (asked.request.method === "HEAD") {
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
    for (const stream of this.#open) {
      stream.cursor?.close();
      stream.end();
    }
    this.#open.clear();
  }

  #begin(response: ServerResponse, { lastSeq, ...place }: LiveStream): void {
    const { recorder, bufferBytes } = this.options;
    const sink = new OpenStream(response, bufferBytes);
    const onError = (): void => {
      sink.end();
    };
    const cursor = recorder.feed.subscribe({ ...place, sink, onError }, lastSeq);
    sink.cursor = cursor;
    this.#open.add(sink);
    response.on("drain", () => {
      cursor.drained();
    });
    response.on("close", () => {
      cursor.close();
      this.#open.delete(sink);
    });
  }
}

/**
 * `Last-Event-ID` is what a browser sends when it comes back, so it is newer than the `after` of the URL. An empty
 * one says that there was no event with an id.
 */
function resumePoint({ request, query }: StreamRequest): number | undefined {
  const lastEventId = request.headers["last-event-id"] ?? "";
  const { after } = check(StreamQuery, query);
  return lastEventId === "" ? after : check(StreamQuery.shape.after, lastEventId, "Last-Event-ID");
}
