import fs from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import supertest from "supertest";
import { describe, expect, it, onTestFinished } from "vitest";
import { send } from "../support/raw-http.js";
import { newSession, startTestService, type TestService } from "../support/service.js";

const TOKEN = "ghp_A1b2C3d4E5f6G7h8I9j0A1b2C3d4E5f6G7h8";
const MARK = "[redacted:github-token]";
const NDJSON = "application/x-ndjson";

async function service(settings: Readonly<Record<string, string>> = {}): Promise<TestService> {
  const recorder = await startTestService(settings);
  onTestFinished(() => recorder.stop());
  return recorder;
}

/** What the journal holds: nothing reaches the disk before it. */
function journaled(dataDir: string): string {
  const folder = path.join(dataDir, "journal");
  const segments = fs.readdirSync(folder).filter((name) => name.endsWith(".log"));
  return segments.map((name) => fs.readFileSync(path.join(folder, name), "utf8")).join("");
}

async function counted({ http }: TestService): Promise<number> {
  const { text } = await http.get("/metrics").expect(200);
  return Number(/recorder_redacted_total\{kind="github-token"\} (\d+)/.exec(text)?.[1] ?? 0);
}

const event = (type: string, data: object): object => ({ type, data });
const lines = (...values: object[]): string => values.map((value) => JSON.stringify(value)).join("\n");

interface Way {
  readonly method?: "post" | "patch";
  readonly path: string;
  readonly body: object | string;
  readonly type?: string;
}

const WAYS: Record<string, Way> = {
  "an action": { path: "/api/actions/ID", body: { type: "t", text: TOKEN } },
  "a response": { path: "/api/actions/ID/responses", body: { content: { deep: [TOKEN] } } },
  "a response with its own id": { path: "/api/actions/ID/responses", body: { id: "r1", content: TOKEN } },
  "an action over several lines": {
    path: "/api/actions/ID",
    body: JSON.stringify({ type: "t", text: TOKEN }, null, 2),
  },
  "an escaped action": { path: "/api/actions/ID", body: `{"type":"t","x":"\\u0067${TOKEN.slice(1)}"}` },
  "a batch": {
    path: "/api/sessions/ID/batch",
    body: { events: [event("action", { type: "t", text: TOKEN })] },
  },
  "a batch of lines": {
    path: "/api/sessions/ID/batch",
    body: lines(event("action", { type: "t" }), event("response", { content: TOKEN })),
    type: NDJSON,
  },
  "lines in an unusual form": {
    path: "/api/v1/sessions/ID/batch",
    body: `{"data":{"type":"t","text":"${TOKEN}"},"type":"action"}`,
    type: NDJSON,
  },
  "a batch that makes its session": {
    path: "/api/sessions/new/batch",
    body: lines(
      { batch: { create: { userId: "u", initial: { key: TOKEN } } } },
      event("action", { type: "t" }),
    ),
    type: NDJSON,
  },
  "a session": { path: "/api/sessions", body: { userId: "u", name: TOKEN, initial: { a: [TOKEN] } } },
  metadata: {
    method: "patch",
    path: "/api/sessions/ID/metadata",
    body: { description: TOKEN, tags: [TOKEN], labels: { [TOKEN]: TOKEN } },
  },
  "a patch of the state": { method: "patch", path: "/api/state/ID", body: { phase: TOKEN } },
  "a goal": { path: "/api/state/ID/goals", body: { description: TOKEN } },
  "a change of a goal": { method: "patch", path: "/api/state/ID/goals/g1", body: { note: TOKEN } },
  "an agent": { path: "/api/state/ID/agents", body: { type: TOKEN, task: TOKEN } },
  "an agent's end": { path: "/api/state/ID/agents/a1/complete", body: { result: TOKEN } },
  "a run": { path: "/api/sessions/ID/runs", body: { agentId: "a1", input: TOKEN } },
  "a node": {
    path: "/api/sessions/ID/runs/r1/nodes",
    body: { nodeId: "n1", nodeType: "t", status: "completed", output: TOKEN },
  },
  "a run's end": { path: "/api/sessions/ID/runs/r1/complete", body: { status: "failed", error: TOKEN } },
  "the end of a session": { path: "/api/sessions/ID/finalize", body: { outcome: { text: TOKEN } } },
};

/** A session with a goal, an agent and a run to change. */
async function furnished(recorder: TestService): Promise<string> {
  const sessionId = await newSession(recorder);
  const { http } = recorder;
  await http.post(`/api/state/${sessionId}/goals`).send({ id: "g1", description: "d" }).expect(200);
  await http.post(`/api/state/${sessionId}/agents`).send({ agentId: "a1", type: "t" }).expect(200);
  await http.post(`/api/sessions/${sessionId}/runs`).send({ runId: "r1", agentId: "a1" }).expect(201);
  return sessionId;
}

describe("a credential on its way in", () => {
  it.each(Object.entries(WAYS))("is taken out of %s before it is stored", async (_, way) => {
    const recorder = await service();
    const sessionId = await furnished(recorder);
    const { method = "post", path: route, body, type = "application/json" } = way;
    const answer = await recorder.http[method](route.replace("ID", sessionId))
      .set("Content-Type", type)
      .send(body);
    expect(answer.status).toBeLessThan(300);
    expect(answer.text).not.toContain(TOKEN);
    const id =
      (answer.body as { sessionId?: string }).sessionId ?? (route.includes("/new/") ? "new" : sessionId);
    const events = await recorder.http.get(`/api/sessions/${id}/events`).expect(200);
    expect(events.text).toContain(MARK);
    expect(events.text).not.toContain(TOKEN);
    expect(await counted(recorder)).toBeGreaterThan(0);
    expect(journaled(recorder.dataDir)).toContain(MARK);
    expect(journaled(recorder.dataDir)).not.toContain(TOKEN);
  });

  it("is taken out of a packed body and behind express as well", async () => {
    const recorder = await service();
    const sessionId = await newSession(recorder);
    const body = JSON.stringify({ type: "t", text: TOKEN });
    const headers = { "Content-Type": "application/json", "Content-Encoding": "gzip" };
    const packed = { method: "POST", path: `/api/actions/${sessionId}`, headers, body: gzipSync(body) };
    expect((await send(recorder.url, packed)).status).toBe(200);
    await supertest(recorder.service.app)
      .post(`/api/actions/${sessionId}`)
      .type("json")
      .send(body)
      .expect(200);
    const actions = await recorder.http.get(`/api/actions/${sessionId}`).expect(200);
    expect(actions.body).toMatchObject([{ text: MARK }, { text: MARK }]);
    expect(await counted(recorder)).toBe(2);
  });

  it("is taken out of what is dropped into the inbox", async () => {
    const recorder = await service();
    const line = { sessionId: "dropped", events: [{ type: "action", data: { type: "t", text: TOKEN } }] };
    fs.writeFileSync(path.join(recorder.dataDir, "inbox", "a.jsonl"), `${JSON.stringify(line)}\n`);
    while (fs.existsSync(path.join(recorder.dataDir, "inbox", "a.jsonl"))) await pause(20);
    const answer = await recorder.http.get("/api/actions/dropped").expect(200);
    expect(answer.body).toMatchObject([{ text: MARK }]);
  });

  it("makes no difference to what is told from a repeat", async () => {
    const recorder = await service();
    const sessionId = await newSession(recorder);
    const batch = {
      events: [{ type: "action", id: TOKEN, data: { type: "t", agentId: TOKEN, text: TOKEN } }],
    };
    for (const duplicates of [0, 1]) {
      const answer = await recorder.http.post(`/api/sessions/${sessionId}/batch`).send(batch).expect(200);
      expect(answer.body).toMatchObject({ stored: 1 - duplicates, duplicates });
    }
    const answer = await recorder.http.get(`/api/actions/${sessionId}?agentId=${TOKEN}`).expect(200);
    expect(answer.body).toMatchObject([{ id: TOKEN, agentId: TOKEN, text: MARK }]);
  });
});

it("keeps everything as it was sent where REDACT_ON_ARRIVAL is off", async () => {
  const recorder = await service({ REDACT_ON_ARRIVAL: "off" });
  const sessionId = await newSession(recorder, { initial: { key: TOKEN } });
  await recorder.http.post(`/api/actions/${sessionId}`).send({ type: "t", password: TOKEN }).expect(200);
  const answer = await recorder.http.get(`/api/sessions/${sessionId}`).expect(200);
  expect(answer.body).toMatchObject({ initial: { key: TOKEN }, actions: [{ password: TOKEN }] });
  expect(await counted(recorder)).toBe(0);
});

it("gives transcripts back as they were sent", async () => {
  const recorder = await service();
  const recorderSession = await newSession(recorder);
  const entries = [{ uuid: "1", text: TOKEN }];
  await recorder.http.post("/api/transcripts/p/t").send({ entries, recorderSession }).expect(200);
  const answer = await recorder.http.get("/api/transcripts/p/t").expect(200);
  expect(answer.body).toEqual({ entries });
});
