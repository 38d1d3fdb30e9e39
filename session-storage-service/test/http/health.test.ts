import fs from "node:fs";
import path from "node:path";
import { pino } from "pino";
import supertest from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Health, ServiceInfo } from "session-protocol";
import { parseConfig } from "../../src/config.js";
import { createApp } from "../../src/http/app.js";
import { createMetrics } from "../../src/http/metrics.js";
import { createGate } from "../../src/http/security.js";
import type { Recorder, StorageHealth } from "../../src/recorder.js";
import { newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

/** The service's own storage, but for how it says it fares. */
function appWith(changes: Partial<StorageHealth>): ReturnType<typeof supertest> {
  const config = parseConfig({});
  const real = recorder.service.recorder;
  const ill: Recorder = Object.create(real, {
    health: { value: () => ({ ...real.health(), ...changes }) },
  }) as Recorder;
  return supertest(
    createApp(ill, {
      config,
      log: pino({ level: "silent" }),
      metrics: createMetrics(),
      gate: createGate(config),
      streams: { serve: () => Promise.resolve() },
      connections: { websocket: () => ({ totalConnections: 2, users: 1, sessions: 1 }), sse: () => 3 },
      version: "1.2.3",
    }),
  );
}

describe("health", () => {
  it("is ok, live and ready while everything works", async () => {
    expect(Health.parse((await recorder.http.get("/health").expect(200)).body)).toMatchObject({
      status: "ok",
      journal: { healthy: true },
    });
    expect((await recorder.http.get("/health/live").expect(200)).body).toEqual({ status: "ok" });
    expect((await recorder.http.get("/health/ready").expect(200)).body).toEqual({ status: "ok" });
  });

  it.each([
    ["the journal is poisoned", { poisoned: true }, 503, false],
    ["the disk is full", { full: true }, 503, true],
    ["session files cannot be written", { filesFailing: true }, 200, true],
    ["the index could not be made anew", { indexFailing: true }, 200, true],
  ])("is degraded while %s, and tells whether writes are taken", async (_, changes, ready, healthy) => {
    const app = appWith(changes);
    expect((await app.get("/health").expect(200)).body).toMatchObject({
      status: "degraded",
      version: "1.2.3",
      journal: { healthy },
    });
    const answer = await app.get("/health/ready").expect(ready);
    if (ready === 503) expect(answer.body).toMatchObject({ code: "storage_unavailable", status: 503 });
    await app.get("/health/live").expect(200);
  });

  it("counts live connections", async () => {
    const answer = await appWith({}).get("/health");
    expect(answer.body).toMatchObject({ websocket: { totalConnections: 2, users: 1, sessions: 1 } });
  });
});

it("the root names the service, its version and its endpoints", async () => {
  const { version } = JSON.parse(
    fs.readFileSync(path.join(import.meta.dirname, "../../package.json"), "utf8"),
  ) as { version: string };
  const info = ServiceInfo.parse((await recorder.http.get("/").expect(200)).body);
  expect(info.version).toBe(version);
  expect(info.endpoints).toEqual(
    expect.arrayContaining(["GET /health", "POST /api/sessions/{sessionId}/batch", "GET /api/stream"]),
  );
});

describe("metrics", () => {
  const scrape = async (): Promise<Map<string, number>> => {
    const answer = await recorder.http.get("/metrics").expect(200);
    expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
    const lines = answer.text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(
      lines.map((line) => [
        line.slice(0, line.lastIndexOf(" ")),
        Number(line.slice(line.lastIndexOf(" ") + 1)),
      ]),
    );
  };
  const requests = (method: string, route: string, status: number): string => {
    return `recorder_http_request_duration_seconds_count{method="${method}",route="${route}",status="${String(status)}"}`;
  };

  it("count requests by route and status, whichever way they took", async () => {
    const before = await scrape();
    const sessionId = await newSession(recorder);
    await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t" }).expect(200);
    await recorder.http.post(`/api/actions/${sessionId}`).send({}).expect(400);
    await recorder.http.get(`/api/v1/state/${sessionId}`).expect(200);
    await recorder.http.get("/made/up").expect(404);
    const after = await scrape();
    const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(grown(requests("POST", "/api/sessions", 201))).toBe(1);
    expect(grown(requests("POST", "/api/actions/{sessionId}", 200))).toBe(1);
    expect(grown(requests("POST", "/api/actions/{sessionId}", 400))).toBe(1);
    expect(grown(requests("GET", "/api/state/{sessionId}", 200))).toBe(1);
    expect(grown(requests("GET", "unmatched", 404))).toBe(1);
    expect(grown("recorder_events_stored_total")).toBe(2);
    expect(grown("recorder_journal_offset")).toBe(2);
    expect(grown("recorder_journal_sync_duration_seconds_count")).toBe(2);
    expect(grown("recorder_journal_bytes_total")).toBeGreaterThan(100);
  });

  it("show how the storage and the process fare", async () => {
    await expect.poll(async () => (await scrape()).get("recorder_index_lag_events")).toBe(0);
    const figures = await scrape();
    for (const name of [
      "recorder_journal_poisoned",
      "recorder_storage_full",
      "recorder_websocket_connections",
      "recorder_sse_connections",
    ]) {
      expect(figures.get(name), name).toBe(0);
    }
    expect(figures.get("recorder_hot_sessions")).toBeGreaterThan(0);
    expect(figures.get("recorder_storage_free_bytes")).toBeGreaterThan(0);
    expect(figures.get("process_resident_memory_bytes")).toBeGreaterThan(0);
  });

  it("are each service's own", async () => {
    const other = await startTestService();
    await newSession(other);
    const answer = await other.http.get("/metrics");
    expect(answer.text).toMatch(/^recorder_events_stored_total 1$/m);
    await other.stop();
  });
});
