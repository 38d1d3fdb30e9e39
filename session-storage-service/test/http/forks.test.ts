import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventCount, newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

const BATCHES = 4;
const BATCH_EVENTS = 1_000;

async function filledSession(): Promise<string> {
  const sessionId = await newSession(recorder);
  const events = Array.from({ length: BATCH_EVENTS }, () => ({
    type: "action",
    data: { type: "note", text: "x".repeat(200) },
  }));
  for (let batch = 0; batch < BATCHES; batch += 1) {
    await recorder.http.post(`/api/sessions/${sessionId}/batch`).send({ events }).expect(200);
  }
  return sessionId;
}

/** Offsets of a session's events on the stream of all sessions, until `count` have come or nothing more does. */
async function offsetsSeen(after: number, sessionId: string, count: number): Promise<number[]> {
  const leaving = new AbortController();
  const response = await fetch(`${recorder.url}/api/stream?after=${String(after)}`, {
    signal: leaving.signal,
  });
  const offsets: number[] = [];
  const timer = setTimeout(() => leaving.abort(), 60_000);
  let text = "";
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events.filter((one) => one.includes(`"sessionId":"${sessionId}"`))) {
        offsets.push(Number(/^id: (\d+)$/m.exec(event)?.[1]));
      }
      if (offsets.length >= count) break;
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    leaving.abort();
  }
  return offsets;
}

it("is seen whole, once and in order by readers of all sessions that begin while it is copied", async () => {
  const source = await filledSession();
  const health = await recorder.http.get("/health").expect(200);
  const head = (health.body as { journal: { offset: number } }).journal.offset;
  const count = BATCHES * BATCH_EVENTS + 1;
  const forking = recorder.http.post(`/api/sessions/${source}/fork`).send({ sessionId: "copy" }).expect(201);
  const readers: Promise<number[]>[] = [];
  const forked = forking.then(() => "done");
  while ((await Promise.race([forked, sleep(5)])) !== "done") readers.push(offsetsSeen(head, "copy", count));
  const seen = await Promise.all(readers);
  const whole = Array.from({ length: count }, (_, index) => head + 1 + index);
  expect(seen.length).toBeGreaterThan(0);
  for (const offsets of seen) expect(offsets).toEqual(whole);
}, 120_000);

it("cut short by a crash leaves nothing to the next session of its id", async () => {
  const folder = path.join(recorder.dataDir, "sessions", "half");
  fs.mkdirSync(folder);
  const header = (seq: number): string =>
    `{"seq":${String(seq)},"offset":${String(seq)},"id":"old-${String(seq)}","timestamp":"2026-01-01T00:00:00.000Z"`;
  const created = `{"userId":"other","initial":{},"forkedFrom":{"sessionId":"gone","seq":5}}`;
  fs.writeFileSync(
    path.join(folder, "events.jsonl"),
    `${header(1)},"type":"session_created","data":${created}}\n`,
  );
  fs.writeFileSync(path.join(folder, "actions.jsonl"), `${header(2)},"type":"note"}\n`);
  await recorder.http.get("/api/sessions/half").expect(404);
  await recorder.http
    .post("/api/sessions")
    .send({ sessionId: "half", userId: "me", initial: {} })
    .expect(201);
  await recorder.http.post("/api/actions/half").send({ type: "mine" }).expect(200);
  expect(await eventCount(recorder, "half")).toBe(2);
  const { text } = await recorder.http.get("/api/sessions/half/events").set("Accept", "application/x-ndjson");
  expect(text).not.toMatch(/old-|other/);
});

it("is not verified as complete when a seq is there twice", async () => {
  const sessionId = await newSession(recorder);
  await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "once" }).expect(200);
  const file = path.join(recorder.dataDir, "sessions", sessionId, "actions.jsonl");
  await expect.poll(() => fs.existsSync(file) && fs.readFileSync(file, "utf8")).toContain("once");
  const verdict = await verifiedWithRepeat(file);
  expect(verdict).toMatchObject({ complete: false, lastSeq: 2, missing: [] });
});

/** What `verify` says of a session whose log has its last line twice, from another service on a copy. */
async function verifiedWithRepeat(file: string): Promise<unknown> {
  const other = await startTestService();
  const sessionId = path.basename(path.dirname(file));
  const copy = path.join(other.dataDir, "sessions", sessionId);
  fs.cpSync(path.dirname(file), copy, { recursive: true });
  fs.appendFileSync(path.join(copy, "actions.jsonl"), fs.readFileSync(file));
  const answer = await other.http.get(`/api/sessions/${sessionId}/verify`).expect(200);
  await other.stop();
  return answer.body as unknown;
}
