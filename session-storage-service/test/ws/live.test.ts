import { once } from "node:events";
import http from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { eventCount, newSession, startTestService, type TestService } from "../support/service.js";

/** Less than a socket holds before it asks to be waited for. */
const SMALL_BUFFER = { SUBSCRIBER_BUFFER_BYTES: "1024" };

let recorder: TestService;
let sessionId: string;
beforeAll(async () => {
  recorder = await startTestService(SMALL_BUFFER);
  sessionId = await newSession(recorder);
});
afterAll(() => recorder.stop());

type Frame = Readonly<Record<string, unknown>>;

function connect(query: string): { readonly socket: WebSocket; readonly frames: Frame[] } {
  const socket = new WebSocket(`${recorder.url.replace("http", "ws")}/ws?${query}`);
  const frames: Frame[] = [];
  socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame));
  return { socket, frames };
}

const record = (text: string): Promise<unknown> =>
  Promise.resolve(recorder.http.post(`/api/actions/${sessionId}`).send({ type: "note", text }).expect(200));

async function gauge(name: string): Promise<number> {
  const { text } = await recorder.http.get("/metrics").expect(200);
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
}

describe("a WebSocket client", () => {
  it("is greeted before anything it sent on opening is answered", async () => {
    const { socket, frames } = connect(`session=${sessionId}&after=0`);
    await once(socket, "open");
    for (const request of ['{"type":"ping"}', "no JSON", '{"type":"subscribe","sessionId":"absent"}'])
      socket.send(request);
    await expect.poll(() => frames.length).toBeGreaterThanOrEqual(5);
    expect(frames[0]).toMatchObject({ type: "connected", sessionId, lastSeq: 1 });
    expect(frames.filter(({ type }) => type === "pong" || type === "error")).toEqual([
      { type: "pong" },
      { type: "error", code: "invalid_request" },
      { type: "error", code: "session_not_found" },
    ]);
    socket.close();
  });

  it("of no session was left waiting: it is greeted, told so, and sent away", async () => {
    const { socket, frames } = connect("session=absent&user=u");
    await once(socket, "open");
    socket.send('{"type":"ping"}');
    const [code, reason] = (await once(socket, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1008, "session_not_found"]);
    expect(frames).toEqual([
      expect.objectContaining({ type: "connected", sessionId: "absent", userId: "u", lastSeq: null }),
      { type: "error", code: "session_not_found" },
    ]);
    await expect.poll(() => gauge("recorder_websocket_connections")).toBe(0);
  });

  it("that unsubscribes right after subscribing gets nothing", async () => {
    const { socket, frames } = connect(`session=${sessionId}`);
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "unsubscribe", sessionId }));
    socket.send(JSON.stringify({ type: "subscribe", sessionId, after: 0 }));
    socket.send(JSON.stringify({ type: "unsubscribe", sessionId }));
    socket.send(JSON.stringify({ type: "ping" }));
    await expect.poll(() => frames.at(-1)?.type).toBe("pong");
    const before = frames.length;
    await record("unheard");
    socket.send(JSON.stringify({ type: "ping" }));
    await expect.poll(() => frames.length).toBe(before + 1);
    socket.close();
  });

  it("gets everything where the buffer allowed is smaller than the socket's own", async () => {
    const from = await eventCount(recorder, sessionId);
    const { socket, frames } = connect(`session=${sessionId}&after=${String(from)}`);
    await once(socket, "open");
    for (let turn = 0; turn < 50; turn += 1) await record("x".repeat(6_000));
    await expect.poll(() => frames.at(-1)?.seq).toBe(from + 50);
    expect(frames.slice(1).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 50 }, (_, index) => from + 1 + index),
    );
    socket.close();
  });

  it("is told 1001 when the service goes away", async () => {
    const other = await startTestService();
    const socket = new WebSocket(`${other.url.replace("http", "ws")}/ws`);
    await once(socket, "open");
    const closed = once(socket, "close");
    await other.stop();
    expect((await closed)[0]).toBe(1001);
  });
});

describe("a stream of server-sent events", () => {
  it("asked for by HEAD ends with its headers", async () => {
    await recorder.http
      .head("/api/stream")
      .expect(200)
      .expect("content-type", /text\/event-stream/);
    await expect.poll(() => gauge("recorder_sse_connections")).toBe(0);
  });

  it("whose reader leaves before its session is loaded is not kept", async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const request = http.get(`${recorder.url}/api/sessions/${sessionId}/stream`);
      request.on("error", () => undefined);
      await once(request, "socket");
      setTimeout(() => request.destroy(), turn % 5);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect.poll(() => gauge("recorder_sse_connections")).toBe(0);
  });
});
