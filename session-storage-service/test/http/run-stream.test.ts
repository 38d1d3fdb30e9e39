import { once } from "node:events";
import { afterAll, describe, expect, it } from "vitest";
import type { SessionEvent } from "session-protocol";
import { WebSocket } from "ws";
import { problemOf, runRequests } from "../support/run-requests.js";
import { eventCount, newSession, startTestService } from "../support/service.js";
import { SseReader } from "../support/sse.js";

const recorder = await startTestService({ SSE_HEARTBEAT_SECONDS: "1" });
const { http, url } = recorder;
afterAll(() => recorder.stop());

const { start, node, complete, newRun } = runRequests(recorder);
const follow = (runId: string, query = "", headers = {}) =>
  SseReader.open(`${url}/api/runs/${runId}/stream${query}`, headers);
const followActive = (sessionId: string, query = "", headers = {}) =>
  SseReader.open(`${url}/api/sessions/${sessionId}/runs/active/stream${query}`, headers);
const act = (sessionId: string, fields: object) =>
  http
    .post(`/api/actions/${sessionId}`)
    .send({ type: "tool_call", ...fields })
    .expect(200);

/** A run that has ended, with what is not its own before, within and after it: its seqs are 3, 5, 6 and 8. */
async function endedRun(fields: object = {}): Promise<{ sessionId: string; runId: string }> {
  const sessionId = await newSession(recorder);
  const runId = `ended-${sessionId}`;
  await act(sessionId, { runId });
  await start(sessionId, { runId, agentId: "a1", input: "Füße", ...fields }).expect(201);
  await act(sessionId, { note: `about "${runId}"` });
  await act(sessionId, { runId, output: "größer" });
  await http.post(`/api/actions/${sessionId}/responses`).send({ content: "ok", runId }).expect(200);
  await http.post(`/api/state/${sessionId}/goals`).send({ description: runId, runId }).expect(200);
  await complete(sessionId, runId, { status: "cancelled" }).expect(200);
  await act(sessionId, { runId });
  return { sessionId, runId };
}

describe("the stream of a run", () => {
  it("that ended long ago is all it did, as it is stored, and then the end", async () => {
    const { sessionId, runId } = await endedRun();
    const messages = await (await follow(runId)).all();
    expect(messages.map(({ id, event }) => [id, event])).toEqual([
      [3, "execution_started"],
      [5, "action"],
      [6, "response"],
      [8, "execution_failed"],
      [undefined, "end"],
    ]);
    expect(messages.at(-1)?.data).toEqual({ runId, status: "cancelled" });
    const answer = await http.get(`/api/sessions/${sessionId}/events`).expect(200);
    const { events } = answer.body as { events: SessionEvent[] };
    expect(messages.slice(0, -1).map(({ data }) => data)).toEqual([3, 5, 6, 8].map((seq) => events[seq - 1]));
  });

  it.each([
    [5, [6, 8, undefined]],
    [7, [8, undefined]],
    [8, [undefined]],
    [900, [undefined]],
  ])("resumed after %i goes on behind it", async (place, ids) => {
    const { runId } = await endedRun();
    const readers = [
      await follow(runId, `?after=${String(place)}`),
      await follow(runId, "?after=1", { "Last-Event-ID": String(place) }),
    ];
    for (const reader of readers) {
      const messages = await reader.all();
      expect(messages.map(({ id }) => id)).toEqual(ids);
      expect(messages.at(-1)?.data).toEqual({ runId, status: "cancelled" });
    }
  });

  it("joins what is stored and what comes without a gap or a repeat, while others write", async () => {
    const { sessionId, runId } = await newRun();
    const writing = Array.from({ length: 40 }, async (_, index) => {
      await act(sessionId, index % 2 === 0 ? { runId, index } : { index });
    });
    const reader = await follow(runId);
    await Promise.all(writing);
    await complete(sessionId, runId).expect(200);
    const messages = await reader.all();
    const indexes = messages.flatMap(({ event, data }) =>
      event === "action" ? [(data as unknown as SessionEvent).data.index] : [],
    );
    expect(indexes.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 20 }, (_, index) => 2 * index),
    );
    expect(reader.ids.slice(0, -1)).toEqual(reader.ids.slice(0, -1).toSorted((a = 0, b = 0) => a - b));
    expect(reader.events.slice(-2)).toEqual(["execution_completed", "end"]);
  });

  it("stays open while the run lasts, and beats", async () => {
    const { runId } = await newRun();
    const reader = await follow(runId);
    await expect.poll(() => reader.comments).toBeGreaterThan(0);
    expect([reader.isOver, reader.events]).toEqual([false, ["execution_started"]]);
  });

  it.each([
    ["is finalized", (id: string) => http.post(`/api/sessions/${id}/finalize`)],
    [
      "is interrupted",
      (id: string) => http.patch(`/api/sessions/${id}/metadata`).send({ status: "interrupted" }),
    ],
    ["is deleted", (id: string) => http.delete(`/api/sessions/${id}`)],
  ])("ends when its session %s", async (_, interrupt) => {
    const { sessionId, runId } = await newRun();
    const reader = await follow(runId);
    await expect.poll(() => reader.events).toEqual(["execution_started"]);
    await interrupt(sessionId).expect(200);
    expect((await reader.all()).at(-1)).toMatchObject({
      event: "end",
      data: { runId, status: "interrupted" },
    });
    expect(reader.events).toEqual(["execution_started", "end"]);
  });

  it("of one that is interrupted ends at once, and goes on when the run does", async () => {
    const { sessionId, runId } = await newRun();
    await http.post(`/api/sessions/${sessionId}/finalize`).expect(200);
    const interrupted = await (await follow(runId)).all();
    expect(interrupted.map(({ event }) => event)).toEqual(["execution_started", "end"]);
    expect((await (await follow(runId, "?after=3")).all()).map(({ event }) => event)).toEqual(["end"]);
    await http.post(`/api/sessions/${sessionId}/resume`).expect(200);
    await node(sessionId, runId).expect(200);
    const reader = await follow(runId, "", { "Last-Event-ID": String(interrupted[0]?.id) });
    await expect.poll(() => reader.events).toEqual(["node_executed"]);
    await complete(sessionId, runId).expect(200);
    await reader.all();
    const again = await (await follow(runId)).all();
    expect(again.map(({ event }) => event)).toEqual([
      "execution_started",
      "node_executed",
      "execution_completed",
      "end",
    ]);
  });

  it("of a run that ended under another that goes on is over", async () => {
    const { sessionId, runId } = await newRun();
    await start(sessionId, { runId: `${runId}-2`, agentId: "a1" }).expect(201);
    const readers = [await follow(runId), await follow(`${runId}-2`)];
    await complete(sessionId, runId).expect(200);
    await readers[0]?.all();
    expect(readers.map(({ isOver }) => isOver)).toEqual([true, false]);
  });

  it.each([
    ["unknown", "nowhere", 404, ["run_not_found", ["runId"]]],
    ["called as none may be", "active", 400, ["invalid_request", ["runId"]]],
  ])("cannot be had of a run that is %s", async (_, runId, status, problem) => {
    expect(problemOf(await http.get(`/api/runs/${runId}/stream`).expect(status))).toEqual(problem);
  });

  it("brings everything to a reader that stops reading for a while, however much that is", async () => {
    const { sessionId, runId } = await newRun();
    const events = Array.from({ length: 200 }, () => ({
      type: "action",
      data: { type: "t", runId, text: "x".repeat(16_384) },
    }));
    const reader = await follow(runId);
    reader.answer.pause();
    for (let batch = 0; batch < 8; batch += 1) {
      await http.post(`/api/sessions/${sessionId}/batch`).send({ events }).expect(200);
    }
    await complete(sessionId, runId).expect(200);
    expect(reader.isOver).toBe(false);
    reader.answer.resume();
    const messages = await reader.all();
    expect(messages.slice(0, -1).map(({ id }) => id)).toEqual(
      Array.from({ length: 1_602 }, (_, index) => index + 2),
    );
    expect(messages.at(-1)?.event).toBe("end");
  });
});

describe("the stream of a session's active run", () => {
  it("says that there is none, and ends", async () => {
    const idle = await newSession(recorder);
    const { sessionId } = await endedRun();
    for (const id of [idle, sessionId]) {
      const messages = await (await followActive(id)).all();
      expect(messages).toEqual([{ id: undefined, event: "no_active_invocation", data: { sessionId: id } }]);
    }
    expect(problemOf(await http.get("/api/sessions/nowhere/runs/active/stream").expect(404))).toEqual([
      "session_not_found",
      undefined,
    ]);
  });

  it("says that there is none while its session is closed", async () => {
    const { sessionId } = await newRun();
    await http.post(`/api/sessions/${sessionId}/finalize`).expect(200);
    expect((await (await followActive(sessionId)).all()).map(({ event }) => event)).toEqual([
      "no_active_invocation",
    ]);
  });

  it("is that of the one that began last, to its end", async () => {
    const { sessionId, runId } = await newRun();
    const latest = `${runId}-latest`;
    await start(sessionId, { runId: latest, agentId: "a1" }).expect(201);
    await act(sessionId, { runId });
    const reader = await followActive(sessionId);
    await complete(sessionId, latest).expect(200);
    const messages = await reader.all();
    expect(messages.map(({ event }) => event)).toEqual(["execution_started", "execution_completed", "end"]);
    const next = await followActive(sessionId);
    await expect.poll(() => next.ids).toEqual([2, 4]);
  });

  it("resumes the run its reader was in, and shows another one from its beginning", async () => {
    const { sessionId, runId } = await newRun();
    const second = `${runId}-second`;
    await act(sessionId, { runId });
    const same = await followActive(sessionId, "", { "Last-Event-ID": "2" });
    await expect.poll(() => same.ids).toEqual([3]);
    await start(sessionId, { runId: second, agentId: "a1" }).expect(201);
    await complete(sessionId, runId).expect(200);
    const other = await followActive(sessionId, "", { "Last-Event-ID": "5" });
    await expect.poll(() => other.ids).toEqual([4]);
  });
});

describe("a run's events over WebSocket", () => {
  it("are those of its stream", async () => {
    const sessionId = await newSession(recorder);
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws?session=${sessionId}`);
    const frames: unknown[] = [];
    socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString())));
    await once(socket, "message");
    const runId = `ws-${sessionId}`;
    await start(sessionId, { runId, agentId: "a1", input: { ask: "Füße" } }).expect(201);
    await node(sessionId, runId, { output: [1.5] }).expect(200);
    await complete(sessionId, runId, { status: "completed", output: "done" }).expect(200);
    await start(sessionId, { runId: `${runId}-f`, agentId: "a1" }).expect(201);
    await complete(sessionId, `${runId}-f`, { status: "failed", error: "slow" }).expect(200);
    const last = await eventCount(recorder, sessionId);
    await expect.poll(() => (frames.at(-1) as SessionEvent).seq).toBe(last);
    socket.close();
    const streamed = [];
    for (const id of [runId, `${runId}-f`]) streamed.push(...(await (await follow(id)).all()).slice(0, -1));
    expect(streamed.map(({ event }) => event)).toEqual([
      "execution_started",
      "node_executed",
      "execution_completed",
      "execution_started",
      "execution_failed",
    ]);
    expect(frames.slice(1)).toEqual(streamed.map(({ data }) => data));
  });
});
