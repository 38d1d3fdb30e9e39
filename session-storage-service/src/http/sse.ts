import type { Request, Response } from "express";
import { StreamQuery } from "session-protocol";
import { RecorderError } from "../domain/errors.js";
import type { Cursor } from "../feed/cursor.js";
import type { FeedItem, Wrapping } from "../feed/group.js";
import type { Recorder } from "../recorder.js";

const TYPE_AT = '{"type":"'.length;

function eventHead(place: number, text: string): string {
  return `id: ${String(place)}\nevent: ${text.slice(TYPE_AT, text.indexOf('"', TYPE_AT))}\ndata: `;
}

/** Events as server-sent events (WHATWG HTML, section 9.2); `id` is the place, to be sent back as `Last-Event-ID`. */
export const serverSentEvents: Wrapping = {
  bytes(items: readonly FeedItem[]): Buffer {
    return Buffer.concat(
      items.flatMap(({ place, text, encoding }) => [
        Buffer.from(eventHead(place, text)),
        Buffer.from(text, encoding),
        Buffer.from("\n\n"),
      ]),
    );
  },
};

export interface StreamsOptions {
  readonly recorder: Recorder;
  readonly heartbeatSeconds: number;
  /** Bytes that may wait in a response before its cursor stops. */
  readonly bufferBytes: number;
  readonly hasRoom: () => boolean;
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
    const { recorder, hasRoom } = this.options;
    const after = resumePoint(request);
    if (!hasRoom()) throw new RecorderError("rate_limited", "too many live connections");
    const lastSeq = sessionId === undefined ? 0 : (await recorder.sessions.get(sessionId)).seq;
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
    response.flushHeaders();
    this.#begin(response, sessionId, after, lastSeq);
  }

  close(): void {
    clearInterval(this.#beating);
    for (const { response, cursor } of this.#open) {
      cursor.close();
      response.end();
    }
    this.#open.clear();
  }

  #begin(
    response: Response,
    sessionId: string | undefined,
    after: number | undefined,
    lastSeq: number,
  ): void {
    const end = () => response.end();
    const sink = {
      write: (bytes: Buffer) => {
        response.write(bytes);
        return response.writableLength < this.options.bufferBytes || !response.writableNeedDrain;
      },
      end,
    };
    const wrapping = serverSentEvents;
    const cursor = this.options.recorder.feed.subscribe(
      { sessionId, after, wrapping, sink, onError: end },
      lastSeq,
    );
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
