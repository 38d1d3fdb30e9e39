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
import { createMetrics } from "./http/metrics.js";
import { createGate } from "./http/security.js";
import { Streams } from "./http/sse.js";
import { refuseUpgrade } from "./http/upgrade.js";
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
 * Starts everything and resolves when it is ready to serve.
 * @throws FolderInUse, JournalCorrupt, or the error of listening
 */
export async function startService({
  config,
  log,
  clock = Date,
  random = Math.random,
  onLockLost,
}: ServiceOptions): Promise<Service> {
  fs.mkdirSync(config.DATA_DIR, { recursive: true });
  const lock = await lockFolder(config.DATA_DIR, (error) => onLockLost?.(error));
  const metrics = createMetrics();
  const recorder = await Storage.open({ config, log, clock, random, metrics: metrics.storage });
  const gate = createGate(config);
  const hasRoom = (): boolean => hub.count().totalConnections + streams.count < config.MAX_CONNECTIONS;
  const hub = new Hub({
    recorder,
    pingSeconds: config.WS_PING_SECONDS,
    bufferBytes: config.SUBSCRIBER_BUFFER_BYTES,
    hasRoom,
    ...gate,
    refuse: refuseUpgrade,
  });
  const streams = new Streams({
    recorder,
    heartbeatSeconds: config.SSE_HEARTBEAT_SECONDS,
    bufferBytes: config.SUBSCRIBER_BUFFER_BYTES,
    hasRoom,
  });
  const connections = { websocket: () => hub.count(), sse: () => streams.count };
  const app = createApp(recorder, { config, log, metrics, gate, streams, connections, version: VERSION });
  const ingest = createIngest({ recorder, limits: limitsOf(config), gate, metrics, log });
  const server = createServer((request, response) => {
    if (!ingest(request, response)) app(request, response);
  });
  hub.attach(server);
  try {
    await listen(server, config);
  } catch (error) {
    await recorder.close();
    await lock.release();
    throw error;
  }
  const inbox = await startInbox(recorder, config, log);
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    app,
    recorder,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      await inbox.close();
      streams.close();
      await hub.close();
      const timer = setTimeout(() => server.closeAllConnections(), config.SHUTDOWN_SECONDS * 500);
      await closed;
      clearTimeout(timer);
      await recorder.close();
      await lock.release();
    },
  };
}

async function listen(server: Server, { PORT, HOST }: Config): Promise<void> {
  server.listen(PORT, HOST);
  await once(server, "listening");
}
