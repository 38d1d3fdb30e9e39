import { once } from "node:events";
import fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import type { Logger } from "pino";
import type { Config } from "./config.js";
import type { Clock } from "./domain/ports.js";
import { createApp } from "./http/app.js";
import { createIngest } from "./http/ingest.js";
import { limitsOf } from "./http/limits.js";
import { createMetrics, type Metrics } from "./http/metrics.js";
import { createRawStreams } from "./http/raw-streams.js";
import { createGate, type Gate } from "./http/security.js";
import { Streams } from "./http/sse.js";
import { ignoreUpgrade, refuseMalformed, refuseUpgrade } from "./http/upgrade.js";
import { recoveringAnswers } from "./http/recovering.js";
import { startInbox } from "./inbox-service.js";
import { lockFolder } from "./lock.js";
import type { Recorder } from "./recorder.js";
import { Storage } from "./storage.js";
import { VERSION } from "./version.js";
import { Hub } from "./ws/hub.js";

export interface ServiceOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** The data folder was taken over by another process: the service can no longer keep its promises. */
  readonly onLockLost?: (error: Error) => void;
}

export interface Service {
  readonly host: string;
  readonly port: number;
  readonly app: Express;
  readonly recorder: Recorder;
  /** Stops accepting, finishes what was accepted, closes live connections, syncs and lets the folder go. */
  stop(): Promise<void>;
}

/**
 * Longer than clients and proxies keep a connection that is not used (nginx 60 s, undici a second less than this): they
 * close it, and no request is on its way by one that is being closed.
 */
const KEEP_ALIVE_MS = 75_000;

/**
 * Starts everything and resolves when it is ready to serve.
 * @throws FolderInUse, JournalCorrupt, or the error of listening
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, log, clock = Date, random = Math.random, onLockLost } = options;
  fs.mkdirSync(config.DATA_DIR, { recursive: true });
  const lock = await lockFolder(config.DATA_DIR, (error) => onLockLost?.(error));
  const gate = createGate(config);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, recoveringAnswers(gate));
  server.on("clientError", refuseMalformed);
  try {
    await listen(server, config);
    const metrics = createMetrics();
    const recorder = await Storage.open({ config, log, clock, random, metrics: metrics.storage });
    const edge = openEdge(server, recorder, { config, log, metrics, gate });
    const inbox = await startInbox(recorder, config, log);
    const { address, port } = server.address() as AddressInfo;
    const stop = async (): Promise<void> => {
      for (const part of [inbox, edge, recorder]) await part.close();
      await lock.release();
    };
    return { host: address, port, app: edge.app, recorder, stop };
  } catch (error) {
    server.close();
    server.closeAllConnections();
    await lock.release();
    throw error;
  }
}

/** How often a server that is closing lets go of connections that were answered. */
const IDLE_CHECK_MS = 50;

interface EdgeParts {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly gate: Gate;
}

interface Edge {
  readonly app: Express;
  /** Accepts nothing more, answers what was accepted, and sends live readers away. */
  close(): Promise<void>;
}

/** From now on the server answers with everything there is. */
function openEdge(server: Server, recorder: Recorder, { config, log, metrics, gate }: EdgeParts): Edge {
  const bufferBytes = config.SUBSCRIBER_BUFFER_BYTES;
  const hasRoom = (): boolean => hub.size + streams.count < config.MAX_CONNECTIONS;
  const subscribers = { recorder, bufferBytes, hasRoom };
  const hub = new Hub({
    ...subscribers,
    ...gate,
    pingSeconds: config.WS_PING_SECONDS,
    refuse: refuseUpgrade,
    ignore: (request, socket, head) => ignoreUpgrade(server, request, socket, head),
  });
  const streams = new Streams({ ...subscribers, heartbeatSeconds: config.SSE_HEARTBEAT_SECONDS });
  const connections = { websocket: () => hub.count(), sse: () => streams.count };
  const app = createApp(recorder, { config, log, metrics, gate, streams, connections, version: VERSION });
  const live = createRawStreams({ streams, gate, metrics, log, makeId: recorder.makeId });
  const ingest = createIngest({ recorder, limits: limitsOf(config), gate, metrics, log });
  server.removeAllListeners("request");
  let closing = false;
  server.on("request", (request, response) => {
    // Else a connection that is kept alive would go on bringing requests.
    if (closing) response.setHeader("Connection", "close");
    if (!ingest(request, response) && !live(request, response)) app(request, response);
  });
  hub.attach(server);
  const close = async (): Promise<void> => {
    const closed = once(server, "close");
    closing = true;
    server.close();
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    streams.close();
    await hub.close();
    const timer = setTimeout(() => server.closeAllConnections(), config.SHUTDOWN_SECONDS * 500);
    await closed;
    clearTimeout(timer);
    clearInterval(idle);
  };
  return { app, close };
}

async function listen(server: Server, { PORT, HOST }: Config): Promise<void> {
  server.listen(PORT, HOST);
  await once(server, "listening");
}
