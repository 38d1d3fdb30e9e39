import { once } from "node:events";
import http from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newSession, startTestService, type TestService } from "../support/service.js";

const BATCHES = 16;
const EVENTS = 250;
const TEXT = "x".repeat(8_192);
/** As large as an event may be, nearly. */
const LARGE_EVENTS = 27;
const LARGE_TEXT = "x".repeat(1_000_000);
/** Long enough for a service that does not wait to go on. */
const PAUSE_MS = 250;

let recorder: TestService;
let sessionId: string;
let large: string;
beforeAll(async () => {
  recorder = await startTestService();
  sessionId = await newSession(recorder);
  const events = Array.from({ length: EVENTS }, (_, index) => ({
    type: "action",
    data: { type: "t", index, text: TEXT },
  }));
  for (let batch = 0; batch < BATCHES; batch += 1) {
    await recorder.http.post(`/api/sessions/${sessionId}/batch`).send({ events }).expect(200);
  }
  large = await newSession(recorder);
  for (let count = 0; count < LARGE_EVENTS; count += 1) {
    await recorder.http.post(`/api/actions/${large}`).send({ type: "t", text: LARGE_TEXT }).expect(200);
  }
});
afterAll(() => recorder.stop());

/** An answer of about 32 MiB that has begun and is not being read. */
async function begin(path: string, headers: http.OutgoingHttpHeaders = {}): Promise<http.IncomingMessage> {
  const request = http.get({ port: recorder.service.port, path, agent: false, headers });
  const [answer] = (await once(request, "response")) as [http.IncomingMessage];
  return answer;
}

const LONG_ANSWERS = [
  [
    "all events as NDJSON",
    () => begin(`/api/sessions/${sessionId}/events`, { Accept: "application/x-ndjson" }),
  ],
  ["a log as NDJSON", () => begin(`/api/actions/${sessionId}`, { Accept: "application/x-ndjson" })],
  ["an export", () => begin(`/api/sessions/${sessionId}/export?format=json`)],
] as const;

interface Entry {
  readonly seq: number;
}

interface Reading {
  readonly open: number;
  /** Taken from storage so far. */
  readonly pieces: number;
  restore(): void;
}

/** What is being read of the history. */
function watchReading(): Reading {
  const { history } = recorder.service.recorder;
  const events = history.events.bind(history);
  const ndjson = history.ndjson.bind(history);
  const entries = history.entries.bind(history);
  let open = 0;
  let taken = 0;
  async function* counted<T>(pieces: AsyncIterable<T>): AsyncGenerator<T> {
    open += 1;
    try {
      for await (const piece of pieces) {
        taken += 1;
        yield piece;
      }
    } finally {
      open -= 1;
    }
  }
  history.events = (...selection) => counted(events(...selection));
  history.ndjson = (...selection) => counted(ndjson(...selection));
  history.entries = (...selection) => counted(entries(...selection));
  return {
    get open() {
      return open;
    },
    get pieces() {
      return taken;
    },
    restore: () => Object.assign(history, { events, ndjson, entries }),
  };
}

async function later<T>(value: () => T): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  return value();
}

describe.each(LONG_ANSWERS)("%s", (_, open) => {
  it("wait for a reader that pauses, and then come whole", async () => {
    const reading = watchReading();
    const answer = await open();
    let bytes = 0;
    answer.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    answer.pause();
    const pauses = async () => reading.pieces > 0 && reading.pieces === (await later(() => reading.pieces));
    await expect.poll(pauses).toBe(true);
    const readAhead = reading.pieces;
    expect(reading.open).toBe(1);
    answer.resume();
    await once(answer, "end");
    reading.restore();
    expect(bytes).toBeGreaterThan(BATCHES * EVENTS * TEXT.length);
    expect(readAhead).toBeLessThan(reading.pieces / 2);
  });

  it("stop for a reader that leaves: the files are let go, and nothing is amiss", async () => {
    const reading = watchReading();
    const answer = await open();
    await expect.poll(() => reading.open).toBe(1);
    answer.destroy();
    await expect.poll(() => reading.open).toBe(0);
    reading.restore();
    expect(recorder.logged.filter((line) => (JSON.parse(line) as { level: number }).level >= 40)).toEqual([]);
  });
});

it("a page of large events is cut short and leads on", async () => {
  const seen: number[] = [];
  let pages = 0;
  for (let after: number | null = 0; after !== null; pages += 1) {
    const answer = await recorder.http
      .get(`/api/sessions/${sessionId}/events?limit=1000&after=${String(after)}`)
      .expect(200);
    expect(Buffer.byteLength(answer.text)).toBeLessThan(10_000_000);
    const page = answer.body as { events: { seq: number }[]; nextAfter: number | null };
    seen.push(...page.events.map(({ seq }) => seq));
    after = page.nextAfter;
  }
  expect(seen).toEqual(Array.from({ length: BATCHES * EVENTS + 1 }, (_, index) => index + 1));
  expect(pages).toBe(5);
});

it.each([
  ["a session", "?entries=10000", (body: unknown) => (body as { actions: Entry[] }).actions],
  ["a tail", "?tail=1000", (body: unknown) => body as Entry[]],
])(
  "%s of large entries has the last of them, no more than memory should hold",
  async (name, query, entriesOf) => {
    const path = name === "a session" ? `/api/sessions/${large}` : `/api/actions/${large}`;
    const answer = await recorder.http.get(path + query).expect(200);
    expect(Buffer.byteLength(answer.text)).toBeLessThan(20_000_000);
    const seqs = entriesOf(answer.body).map(({ seq }) => seq);
    expect(seqs).toEqual(
      Array.from({ length: seqs.length }, (_, index) => LARGE_EVENTS + 2 - seqs.length + index),
    );
    expect(seqs.length).toBeGreaterThan(10);
    expect(seqs.length).toBeLessThan(LARGE_EVENTS);
    if (name === "a session")
      expect(answer.body).toMatchObject({ truncated: { actions: true, responses: false } });
  },
);

it("a session deleted while it is being read ends the answer short of its end, and is no error of the service", async () => {
  const doomed = await newSession(recorder);
  const events = Array.from({ length: EVENTS }, () => ({ type: "action", data: { type: "t", text: TEXT } }));
  for (let batch = 0; batch < BATCHES; batch += 1) {
    await recorder.http.post(`/api/sessions/${doomed}/batch`).send({ events }).expect(200);
  }
  const answer = await begin(`/api/sessions/${doomed}/events`, { Accept: "application/x-ndjson" });
  await recorder.http.delete(`/api/sessions/${doomed}`).expect(200);
  const lines = (await collected(answer)).trimEnd().split("\n");
  for (const line of lines.slice(0, -1)) expect(JSON.parse(line)).toMatchObject({ sessionId: doomed });
  await recorder.http.get(`/api/sessions/${doomed}/events`).expect(404);
});

async function collected(answer: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  answer.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => answer.on("end", resolve).on("error", resolve));
  return Buffer.concat(chunks).toString("utf8");
}
