import { Health, Liveness } from "session-protocol";
import { StorageUnavailable } from "../domain/errors.js";
import type { Recorder, StorageHealth } from "../recorder.js";
import { ALIVE_PATH } from "./recovering.js";
import { sendJson } from "./reply.js";
import { json, route, type Route } from "./route.js";

/** Live connections, as health and metrics show them. */
export interface Connections {
  websocket(): { totalConnections: number; users: number; sessions: number };
  sse(): number;
}

export interface HealthParts {
  readonly recorder: Recorder;
  readonly connections: Connections;
  readonly version: string;
}

export function healthRoutes(parts: HealthParts): Route[] {
  return [health(parts), live(), ready(parts)];
}

function health({ recorder, connections, version }: HealthParts): Route {
  const startedMs = performance.now();
  return route({
    method: "get",
    path: "/health",
    tag: "service",
    summary: "How the service fares",
    answers: { 200: json(Health, "`degraded` while something does not work; `uptime` in seconds.") },
    handle: (_input, response) => {
      const storage = recorder.health();
      const { offset, segments, poisoned, full, ...others } = storage;
      sendJson(response, 200, {
        status: troubles(storage).length === 0 ? "ok" : "degraded",
        uptime: Math.round(performance.now() - startedMs) / 1_000,
        version,
        websocket: connections.websocket(),
        storage: { ...others, full },
        journal: { offset, segments, healthy: !poisoned },
      } satisfies Health);
    },
  });
}

function troubles({ poisoned, full, filesFailing, indexFailing }: StorageHealth): string[] {
  return [
    ...(poisoned ? ["a sync of the journal failed: writes are refused until the service is restarted"] : []),
    ...(full ? ["no space is left on the data folder's file system"] : []),
    ...(filesFailing ? ["session files cannot be written; the journal keeps everything"] : []),
    ...(indexFailing ? ["the index could not be made anew: lists and search are not complete"] : []),
  ];
}

function live(): Route {
  return route({
    method: "get",
    path: ALIVE_PATH,
    tag: "service",
    summary: "Whether the process runs",
    answers: { 200: json(Liveness, "It does.") },
    handle: (_input, response) => {
      sendJson(response, 200, { status: "ok" });
    },
  });
}

function ready({ recorder }: HealthParts): Route {
  return route({
    method: "get",
    path: "/health/ready",
    tag: "service",
    summary: "Whether writes are taken",
    answers: { 200: json(Liveness, "They are.") },
    handle: (_input, response) => {
      const storage = recorder.health();
      if (storage.poisoned || storage.full) throw new StorageUnavailable(troubles(storage).join("; "));
      sendJson(response, 200, { status: "ok" });
    },
  });
}
