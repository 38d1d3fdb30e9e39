import type { IncomingMessage, Server } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { LiveQuery, type ErrorCode } from "session-protocol";
import { WebSocketServer } from "ws";
import { RecorderError } from "../domain/errors.js";
import type { Recorder } from "../recorder.js";
import { Connection } from "./connection.js";

const PATH = "/ws";
/** A client only ever sends small requests. */
const MAX_CLIENT_FRAME_BYTES = 65_536;
const GOING_AWAY = 1001;
/** How long a client may take to answer the closing handshake. */
const CLOSE_MS = 2_000;

export interface HubOptions {
  readonly recorder: Recorder;
  readonly pingSeconds: number;
  readonly bufferBytes: number;
  /** Whether one more live connection is allowed. */
  readonly hasRoom: () => boolean;
  readonly hostAllowed: (host: string | undefined) => boolean;
  /** Undefined is allowed: only browsers send an origin. */
  readonly originAllowed: (origin: string | undefined) => boolean;
  /** Answers a refused upgrade with a problem document. */
  readonly refuse: (socket: Duplex, error: RecorderError) => void;
  /** Answers a request to upgrade to anything but WebSocket. */
  readonly ignore: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** Accepts WebSocket clients on `/ws` and keeps them until they leave or fall silent. */
export class Hub {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CLIENT_FRAME_BYTES,
    perMessageDeflate: false,
  });
  readonly #connections = new Set<Connection>();
  readonly #pinging: NodeJS.Timeout;

  constructor(private readonly options: HubOptions) {
    this.#pinging = setInterval(() => {
      for (const connection of this.#connections) connection.ping();
    }, options.pingSeconds * 1_000);
    this.#pinging.unref();
    this.#server.on("wsClientError", ({ message }, socket) => {
      options.refuse(socket, refusal("invalid_request", `no WebSocket handshake: ${message}`));
    });
  }

  attach(server: Server): void {
    server.on("upgrade", (request, socket, head) => {
      if (request.headers.upgrade?.toLowerCase() !== "websocket") {
        this.options.ignore(request, socket, head);
        return;
      }
      socket.on("error", () => socket.destroy());
      try {
        this.#upgrade(request, socket, head);
      } catch (error) {
        this.options.refuse(socket, error as RecorderError);
      }
    });
  }

  get size(): number {
    return this.#connections.size;
  }

  count(): { totalConnections: number; users: number; sessions: number } {
    const users = new Set<string>();
    const sessions = new Set<string>();
    for (const connection of this.#connections) {
      if (connection.userId !== null) users.add(connection.userId);
      for (const sessionId of connection.sessionIds) sessions.add(sessionId);
    }
    return { totalConnections: this.#connections.size, users: users.size, sessions: sessions.size };
  }

  /** Tells every client that the service goes away, and waits a little for them to take it in. */
  async close(): Promise<void> {
    clearInterval(this.#pinging);
    const clients = [...this.#server.clients];
    const closed = clients.map((client) => new Promise((resolve) => client.once("close", resolve)));
    for (const connection of this.#connections) connection.close();
    for (const client of clients) client.close(GOING_AWAY);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      Promise.all(closed),
      new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_MS))),
    ]);
    clearTimeout(timer);
    for (const client of clients) client.terminate();
    this.#server.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { hostAllowed, originAllowed, hasRoom } = this.options;
    const { host, origin } = request.headers;
    if (!hostAllowed(host)) throw refusal("forbidden", "this host name is not allowed");
    if (!originAllowed(origin)) throw refusal("forbidden", "this origin is not allowed");
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname !== PATH) throw refusal("route_not_found", `no WebSocket at ${url.pathname}`);
    const query = LiveQuery.safeParse(Object.fromEntries(url.searchParams));
    if (!query.success) {
      const issues = query.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
      throw new RecorderError("invalid_request", "the query does not fit", issues);
    }
    if (!(socket instanceof Socket)) throw new Error("an upgrade of node:http comes with a socket");
    if (!hasRoom()) throw refusal("rate_limited", "too many live connections");
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const { recorder, bufferBytes } = this.options;
      const { session, user, after } = query.data;
      const connection = new Connection({
        recorder,
        socket,
        webSocket,
        userId: user ?? null,
        bufferBytes,
      });
      this.#connections.add(connection);
      webSocket.on("close", () => {
        connection.close();
        this.#connections.delete(connection);
      });
      connection.start(session, after);
    });
  }
}

function refusal(code: ErrorCode, message: string): RecorderError {
  return new RecorderError(code, message);
}
