import net from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { eventCount, newSession, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

interface Piped {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const ANSWER = /HTTP\/1\.1 (\d+)[^]*?\r\nContent-Length: (\d+)\r\n[^]*?\r\n\r\n/iy;

/** The whole answers at the beginning of `received`, in their order. */
function answersIn(received: string): Piped[] {
  const answers: Piped[] = [];
  ANSWER.lastIndex = 0;
  for (let head = ANSWER.exec(received); head !== null; head = ANSWER.exec(received)) {
    const end = ANSWER.lastIndex + Number(head[2]);
    if (end > received.length) break;
    const body = JSON.parse(received.slice(ANSWER.lastIndex, end)) as Piped["body"];
    answers.push({ status: Number(head[1]), body });
    ANSWER.lastIndex = end;
  }
  return answers;
}

async function connect(): Promise<net.Socket> {
  const socket = net.connect(recorder.service.port, "127.0.0.1").setEncoding("latin1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

function post(path: string, body: string): string {
  const length = String(Buffer.byteLength(body));
  return (
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${length}\r\n\r\n${body}`
  );
}

/** Waits for so many answers, or all there are once the connection has ended. */
async function answers(socket: net.Socket, count: number): Promise<Piped[]> {
  let received = "";
  for await (const piece of socket.iterator({ destroyOnReturn: false })) {
    received += String(piece);
    const whole = answersIn(received);
    if (whole.length >= count) return whole;
  }
  return answersIn(received);
}

const action = (number: number) => JSON.stringify({ type: "t", id: `e${String(number)}`, number });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

it("answers requests that were sent before the first answer came in the order they were sent", async () => {
  const sessionId = await newSession(recorder);
  const socket = await connect();
  socket.write(
    numbers(200)
      .map((number) => post(`/api/actions/${sessionId}`, action(number)))
      .join(""),
  );
  const got = await answers(socket, 200);
  expect(got.map(({ status, body }) => [status, body.seq])).toEqual(
    numbers(200).map((number) => [200, number + 1]),
  );
  const read = await recorder.http.get(`/api/actions/${sessionId}?limit=1000`).expect(200);
  const stored = read.body as { number: number }[];
  expect(stored.map(({ number }) => number)).toEqual(numbers(200));
});

it("keeps the order where some are refused at once, some later, and some are read by express", async () => {
  const sessionId = await newSession(recorder);
  const socket = await connect();
  const actions = `/api/actions/${sessionId}`;
  socket.write(
    [
      post(actions, action(1)),
      post(actions, "{"),
      post("/api/actions/nowhere", action(2)),
      post(`/api/state/${sessionId}/goals`, '{"id":"g","description":"d"}'),
      post("/api/actions/..", action(3)),
      post(actions, action(1)),
      post(actions, action(4)),
    ].join(""),
  );
  const got = await answers(socket, 7);
  expect(got.map(({ status }) => status)).toEqual([200, 400, 404, 200, 400, 200, 200]);
  expect(got[5]?.body).toEqual({ success: true, seq: 2, duplicate: true });
  expect(await eventCount(recorder, sessionId)).toBe(4);
});

it("serves others while a sender leaves its answers unread, and has all of them for it when it reads", async () => {
  const sessionId = await newSession(recorder);
  const socket = await connect();
  socket.pause();
  const requests = numbers(2_000).map((number) => post(`/api/actions/${sessionId}`, action(number)));
  socket.write(requests.join(""));
  await expect.poll(() => eventCount(recorder, sessionId), { timeout: 60_000 }).toBeGreaterThan(200);
  const other = await newSession(recorder);
  await recorder.http.post(`/api/actions/${other}`).send({ type: "t" }).expect(200);
  const got = await answers(socket, 2_000);
  expect(got.map(({ body }) => body.seq)).toEqual(numbers(2_000).map((number) => number + 1));
}, 90_000);
