import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { pino } from "pino";
import { StorageFull } from "../src/domain/errors.js";
import { SilenceWatch } from "../src/silence-watch.js";
import { MemoryRecorder } from "./support/memory-recorder.js";
import { newSession, startTestService, type TestService } from "./support/service.js";
import { tempFolder } from "./support/temp-folder.js";

const services: TestService[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

async function started(environment: Record<string, string> = {}): Promise<TestService> {
  const service = await startTestService({ SILENCE_SECONDS: "1", ...environment });
  services.push(service);
  return service;
}

const ACTION = { type: "action", data: { type: "t" } };

async function report(
  service: TestService,
  sessionId: string,
  recorded: number,
  events: object[] = [],
): Promise<unknown> {
  const producer = { id: "p1", recorded, dropped: 0 };
  const answer = await service.http.post(`/api/sessions/${sessionId}/batch`).send({ producer, events });
  expect(answer.status).toBe(200);
  return answer.body;
}

async function metadata(service: TestService, sessionId: string): Promise<{ status: string; seq: number }> {
  const answer = await service.http.get(`/api/sessions/${sessionId}`);
  return (answer.body as { metadata: { status: string; seq: number } }).metadata;
}

async function becomes(service: TestService, sessionId: string, status: string): Promise<void> {
  await expect.poll(async () => (await metadata(service, sessionId)).status).toBe(status);
}

describe("a session whose producers fall silent", () => {
  it("is interrupted, with the reason, and active again with the next event", async () => {
    const service = await started();
    const sessionId = await newSession(service);
    await report(service, sessionId, 1, [ACTION]);
    await becomes(service, sessionId, "interrupted");
    const answer = await service.http.get(`/api/sessions/${sessionId}/events?type=session_interrupted`);
    expect((answer.body as { events: unknown[] }).events).toMatchObject([
      { data: { reason: "its producers fell silent" } },
    ]);
    await report(service, sessionId, 2, [ACTION]);
    const types = async () => {
      const later = await service.http.get(`/api/sessions/${sessionId}/events?after=2`);
      return (later.body as { events: { type: string }[] }).events.map(({ type }) => type);
    };
    await expect
      .poll(types)
      .toEqual(["session_interrupted", "status_changed", "action", "session_interrupted"]);
  });

  it("is interrupted as well when an earlier process of the service heard of it last", async () => {
    const folder = { DATA_DIR: tempFolder() };
    const first = await startTestService({ SILENCE_SECONDS: "0", ...folder });
    const sessionId = await newSession(first);
    await report(first, sessionId, 1, [ACTION]);
    await first.stop();
    await becomes(await started(folder), sessionId, "interrupted");
  });
});

interface Lived {
  readonly answers: readonly unknown[];
  readonly metadata: { readonly status: string; readonly seq: number };
}

const NOTHING_NEW = { success: true, firstSeq: 2, lastSeq: 2, stored: 0, duplicates: 0 };
const FAR_FROM_SILENT_MS = 1_500;

/** A producer that says for four seconds that it lives. Undefined where the machine had it wait in between. */
async function liveOn(service: TestService): Promise<Lived | undefined> {
  const sessionId = await newSession(service);
  await report(service, sessionId, 1, [ACTION]);
  const answers: unknown[] = [];
  let longestMs = 0;
  for (let beat = 0, sinceMs = performance.now(); beat < 40; beat += 1) {
    await sleep(100);
    answers.push(await report(service, sessionId, 1));
    longestMs = Math.max(longestMs, performance.now() - sinceMs);
    sinceMs = performance.now();
  }
  return longestMs > FAR_FROM_SILENT_MS
    ? undefined
    : { answers, metadata: await metadata(service, sessionId) };
}

describe("a session is left alone", () => {
  it("while its producer says that it lives, which takes no seq", async () => {
    const service = await started({ SILENCE_SECONDS: "3" });
    let lived: Lived | undefined;
    while (lived === undefined) lived = await liveOn(service);
    for (const answer of lived.answers) expect(answer).toEqual(NOTHING_NEW);
    expect(lived.metadata).toMatchObject({ status: "active", seq: 2 });
  });

  it("where nobody has promised to go on speaking, and where it has ended", async () => {
    const service = await started();
    const plain = await newSession(service);
    const ended = await newSession(service);
    await service.http.post(`/api/actions/${plain}`).send({ type: "t" }).expect(200);
    await report(service, ended, 1, [{ type: "session_finalized", data: {} }]);
    await sleep(1_500);
    expect((await metadata(service, plain)).status).toBe("active");
    expect((await metadata(service, ended)).status).toBe("completed");
  });
});

it("what a producer tells of itself alone is kept", async () => {
  const service = await started({ SILENCE_SECONDS: "0" });
  const sessionId = await newSession(service);
  await report(service, sessionId, 5);
  expect((await service.http.get(`/api/sessions/${sessionId}/verify`)).body).toMatchObject({
    complete: false,
    producers: [{ id: "p1", recorded: 5, stored: 0, missing: 5 }],
  });
});

it("a session that could not be interrupted for want of space is, once there is some", async () => {
  const refusals = [new StorageFull()];
  const interrupted: string[] = [];
  const recorder = new MemoryRecorder();
  const { session } = await recorder.create("s1");
  const watch = new SilenceWatch({
    silenceSeconds: 0.02,
    sessions: {
      submit: async (sessionId, submission) => {
        const refusal = refusals.pop();
        if (refusal !== undefined) throw refusal;
        interrupted.push(sessionId);
        return recorder.sessions.submit(sessionId, submission);
      },
    },
    index: { list: () => Promise.resolve({ sessions: [], nextCursor: null, total: 0 }) },
    hasProducers: () => false,
    log: pino({ level: "silent" }),
  });
  const producers = [{ id: "p1", recorded: 1, dropped: 0, stored: 0, duplicates: 0 }];
  watch.heard({ ...session, producers });
  await expect.poll(() => interrupted).toEqual(["s1"]);
  watch.close();
});
