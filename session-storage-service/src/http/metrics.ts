import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { StorageHealth } from "../recorder.js";
import type { StorageMetrics } from "../storage-metrics.js";
import type { Connections } from "./health.js";
import { sendText } from "./reply.js";
import { route, type Route } from "./route.js";

const REQUEST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SYNC_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** Requests as they are answered, whichever way they took. */
export interface RequestMetrics {
  /** `path` is the route's template. */
  request(method: string, path: string, status: number, durationMs: number): void;
}

/** What is read at the time of a scrape. */
export interface MetricsSource {
  health(): StorageHealth;
  readonly connections: Connections;
}

/** The figures of one service, in a registry of its own. */
export interface Metrics extends RequestMetrics {
  readonly registry: Registry;
  readonly storage: StorageMetrics;
  watch(source: MetricsSource): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    storage: storageMetrics(registry),
    request: requestMetrics(registry),
    watch: (source) => {
      watchHealth(registry, source);
      watchConnections(registry, source.connections);
    },
  };
}

type Observed = Histogram.Internal<"method" | "route" | "status">;

/** Label sets are found once: looking them up by name costs more than counting. */
function requestMetrics(registry: Registry): RequestMetrics["request"] {
  const durations = new Histogram({
    name: "recorder_http_request_duration_seconds",
    help: "Time from the request's head to the end of its answer",
    labelNames: ["method", "route", "status"],
    buckets: REQUEST_SECONDS,
    registers: [registry],
  });
  const methods = new Map<string, Map<string, Map<number, Observed>>>();
  return (method, path, status, durationMs) => {
    const routes = at(methods, method, () => new Map<string, Map<number, Observed>>());
    const statuses = at(routes, path, () => new Map<number, Observed>());
    const child = at(statuses, status, () => durations.labels({ method, route: path, status }));
    child.observe(durationMs / 1_000);
  };
}

/** What the map has under the key, made if there is nothing. */
function at<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function storageMetrics(registry: Registry): StorageMetrics {
  const registers = [registry];
  const commits = new Histogram({
    name: "recorder_journal_sync_duration_seconds",
    help: "Time a sync of the journal took; its count is the number of commits",
    buckets: SYNC_SECONDS,
    registers,
  });
  const sizes = new Histogram({
    name: "recorder_journal_commit_batches",
    help: "Batches that shared a commit",
    buckets: BATCHES,
    registers,
  });
  const bytes = counter(registry, "recorder_journal_bytes_total", "Bytes written to the journal");
  const events = counter(registry, "recorder_events_stored_total", "Events stored since the process started");
  const torn = counter(
    registry,
    "recorder_journal_torn_bytes_total",
    "Bytes of a torn tail cut at the start",
  );
  return {
    commit: (batches, written, syncMs) => {
      commits.observe(syncMs / 1_000);
      sizes.observe(batches);
      bytes.inc(written);
    },
    stored: (count) => {
      events.inc(count);
    },
    tornBytes: (count) => {
      torn.inc(count);
    },
    redacted: redactionMetrics(registry),
    cleaned: retentionMetrics(registry),
  };
}

function redactionMetrics(registry: Registry): StorageMetrics["redacted"] {
  const hits = new Counter({
    name: "recorder_redacted_total",
    help: "Credentials taken out of events on their arrival",
    labelNames: ["kind"],
    registers: [registry],
  });
  return (kind) => {
    hits.inc({ kind });
  };
}

function retentionMetrics(registry: Registry): StorageMetrics["cleaned"] {
  const of = (what: string, help: string): Counter =>
    counter(registry, `recorder_retention_${what}_total`, help);
  const passes = of("passes", "Passes over what has outlived its time that were done");
  const sessions = of("sessions_deleted", "Sessions that went because their time was over");
  const runs = of("runs_deleted", "Runs that went because their time or their session's was over");
  const bytes = of("bytes_freed", "Bytes that expired sessions and runs took under sessions/");
  return (result) => {
    passes.inc();
    sessions.inc(result.sessionsDeleted);
    runs.inc(result.runsDeleted);
    bytes.inc(result.bytesFreed);
  };
}

function counter(registry: Registry, name: string, help: string): Counter {
  return new Counter({ name, help, registers: [registry] });
}

function gauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}

function watchHealth(registry: Registry, source: MetricsSource): void {
  const show = (name: string, help: string, value: (health: StorageHealth) => number): void => {
    gauge(registry, name, help, () => value(source.health()));
  };
  show("recorder_journal_offset", "Offset of the last durable event", ({ offset }) => offset);
  show("recorder_journal_segments", "Segments not retired yet", ({ segments }) => segments);
  show(
    "recorder_journal_poisoned",
    "1: a sync failed, writes are refused until restart",
    ({ poisoned }) => +poisoned,
  );
  show(
    "recorder_storage_full",
    "1: the last write found no space and there is still none",
    ({ full }) => +full,
  );
  show("recorder_files_failing", "1: session files cannot be written", ({ filesFailing }) => +filesFailing);
  show(
    "recorder_storage_free_bytes",
    "Free space on the data folder's file system",
    ({ freeBytes }) => freeBytes,
  );
  show("recorder_hot_sessions", "Sessions held in memory", ({ hotSessions }) => hotSessions);
  show("recorder_index_lag_events", "Events whose text is not searchable yet", ({ indexLag }) => indexLag);
}

function watchConnections(registry: Registry, connections: Connections): void {
  gauge(registry, "recorder_websocket_connections", "Open WebSocket connections", () => {
    return connections.websocket().totalConnections;
  });
  gauge(registry, "recorder_sse_connections", "Open streams of server-sent events", () => connections.sse());
}

export function metricsRoutes({ registry }: Metrics): Route[] {
  return [
    route({
      method: "get",
      path: "/metrics",
      tag: "service",
      summary: "Figures for Prometheus",
      answers: { 200: { description: "The figures.", content: { "text/plain": "Prometheus text format." } } },
      handle: async (_input, response) => {
        sendText(response, 200, registry.contentType, await registry.metrics());
      },
    }),
  ];
}
