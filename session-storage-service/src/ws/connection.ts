import type { Socket } from "node:net";
import type { RawData, WebSocket } from "ws";
import { ClientFrame, type ConnectedFrame, type ErrorCode } from "session-protocol";
import { ZodError } from "zod";
import { noSession, RecorderError } from "../domain/errors.js";
import type { Cursor, Sink } from "../feed/cursor.js";
import type { Recorder } from "../recorder.js";
import { webSocketFrames } from "./frames.js";

/** Subscriptions one connection may hold. */
const MAX_SUBSCRIPTIONS = 1_000;
/** Key of the subscription to all sessions. */
const ALL = "";
const INTERNAL_ERROR = 1011;
const REFUSED = 1008;
/** Requests that may wait for the one before them. */
const MAX_WAITING_FRAMES = 1_000;

export interface ConnectionOptions {
  readonly recorder: Recorder;
  readonly socket: Socket;
  readonly webSocket: WebSocket;
  readonly userId: string | null;
  /** Bytes that may wait in the socket before the cursors stop. */
  readonly bufferBytes: number;
}

/** One WebSocket client: its subscriptions are cursors that share the socket. */
export class Connection {
  readonly #cursors = new Map<string, Cursor>();
  /** Pings sent since the client last answered. */
  #unanswered = 0;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(private readonly options: ConnectionOptions) {
    const { socket, webSocket } = options;
    webSocket.on("message", (data) => this.#receive(data));
    webSocket.on("pong", () => (this.#unanswered = 0));
    webSocket.on("error", () => webSocket.terminate());
    socket.on("drain", () => {
      for (const cursor of this.#cursors.values()) cursor.drained();
    });
  }

  get userId(): string | null {
    return this.options.userId;
  }

  get sessionIds(): Iterable<string> {
    return [...this.#cursors.keys()].filter((key) => key !== ALL);
  }

  /** Greets the client, then begins its first subscription. Its requests wait for that. */
  start(sessionId: string | undefined, after: number | undefined): void {
    this.#inTurn(() => this.#greet(sessionId, after));
  }

  async #greet(sessionId: string | undefined, after: number | undefined): Promise<void> {
    const { recorder, userId, webSocket } = this.options;
    const found = sessionId === undefined ? null : await this.#lastSeq(sessionId).catch(noSession);
    const lastSeq = found ?? null;
    if (webSocket.readyState !== webSocket.OPEN) return;
    const greeting: ConnectedFrame & { type: "connected" } = {
      type: "connected",
      sessionId: sessionId ?? null,
      userId,
      timestamp: new Date(recorder.clock.now()).toISOString(),
      lastSeq,
      head: recorder.health().offset,
    };
    this.#send(greeting);
    if (found !== undefined) this.#subscribe(sessionId, after, found ?? 0);
    else this.#dismiss("session_not_found");
  }

  /** Sends a ping, or gives up on a client that has not answered the last two. */
  ping(): void {
    const { webSocket } = this.options;
    if (this.#unanswered >= 2) {
      webSocket.terminate();
      return;
    }
    this.#unanswered += 1;
    webSocket.ping();
  }

  /** Says what is wrong with a request; one this service cannot answer at all ends the connection. */
  #refuse(error: unknown): void {
    if (error instanceof RecorderError) this.#send({ type: "error", code: error.code });
    else if (error instanceof SyntaxError || error instanceof ZodError)
      this.#send({ type: "error", code: "invalid_request" });
    else this.options.webSocket.close(INTERNAL_ERROR);
  }

  /** Nothing that was asked for in connecting will ever come. */
  #dismiss(code: ErrorCode): void {
    this.#send({ type: "error", code });
    this.options.webSocket.close(REFUSED, code);
  }

  close(): void {
    for (const cursor of this.#cursors.values()) cursor.close();
    this.#cursors.clear();
  }

  #receive(data: RawData): void {
    if (this.#waiting >= MAX_WAITING_FRAMES) this.options.webSocket.close(REFUSED);
    else this.#inTurn(() => this.#obey(parseFrame(data)));
  }

  /** One after the other, in the order in which they came. */
  #inTurn(work: () => Promise<void>): void {
    this.#waiting += 1;
    this.#turn = this.#turn
      .then(work)
      .catch((error: unknown) => this.#refuse(error))
      .finally(() => (this.#waiting -= 1));
  }

  async #obey(frame: ClientFrame): Promise<void> {
    switch (frame.type) {
      case "ping":
        this.#send({ type: "pong" });
        return;
      case "unsubscribe":
        this.#unsubscribe(frame.sessionId ?? ALL);
        return;
      case "subscribe": {
        const { sessionId, after } = frame;
        const lastSeq = sessionId === undefined ? 0 : await this.#lastSeq(sessionId);
        this.#subscribe(sessionId, after, lastSeq);
      }
    }
  }

  #subscribe(sessionId: string | undefined, after: number | undefined, lastSeq: number): void {
    const { webSocket } = this.options;
    if (webSocket.readyState !== webSocket.OPEN) return;
    const key = sessionId ?? ALL;
    this.#unsubscribe(key);
    if (this.#cursors.size >= MAX_SUBSCRIPTIONS)
      throw new RecorderError("rate_limited", "too many subscriptions");
    const { recorder } = this.options;
    const subscription = {
      sessionId,
      after,
      wrapping: webSocketFrames,
      sink: this.#sink(key),
      onError: (error: Error) => {
        this.#unsubscribe(key);
        this.#refuse(error);
      },
    };
    this.#cursors.set(key, recorder.feed.subscribe(subscription, lastSeq));
  }

  #unsubscribe(key: string): void {
    this.#cursors.get(key)?.close();
    this.#cursors.delete(key);
  }

  #sink(key: string): Sink {
    const { socket, bufferBytes } = this.options;
    return {
      write: (bytes) => {
        socket.write(bytes);
        return socket.writableLength < bufferBytes || !socket.writableNeedDrain;
      },
      end: () => {
        this.#unsubscribe(key);
      },
    };
  }

  async #lastSeq(sessionId: string): Promise<number> {
    return (await this.options.recorder.sessions.get(sessionId)).seq;
  }

  #send(frame: object): void {
    const { webSocket } = this.options;
    if (webSocket.readyState === webSocket.OPEN) webSocket.send(JSON.stringify(frame));
  }
}

/** @throws SyntaxError, ZodError */
function parseFrame(data: RawData): ClientFrame {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  return ClientFrame.parse(JSON.parse(bytes.toString("utf8")));
}
