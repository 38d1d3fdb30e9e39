import fs from "node:fs";
import path from "node:path";
import type { Response as Answer } from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LogEntry } from "session-protocol";
import { newSession, nextPage, startTestService, type TestService } from "../support/service.js";
import { send } from "../support/raw-http.js";

let recorder: TestService;
beforeAll(async () => {
  recorder = await startTestService();
});
afterAll(() => recorder.stop());

const act = (sessionId: string, body: object) => recorder.http.post(`/api/actions/${sessionId}`).send(body);
const respond = (sessionId: string, body: object) =>
  recorder.http.post(`/api/actions/${sessionId}/responses`).send(body);
const list = async (sessionId: string, query = ""): Promise<LogEntry[]> => {
  return LogEntry.array().parse(
    (await recorder.http.get(`/api/actions/${sessionId}${query}`).expect(200)).body,
  );
};

describe("an action", () => {
  it("is stored as sent under the next seq", async () => {
    const sessionId = await newSession(recorder);
    const answer = await act(sessionId, {
      type: "tool_call",
      tool: "Read",
      input: { path: "é" },
      nothing: null,
    }).expect(200);
    expect(answer.body).toEqual({ success: true, seq: 2 });
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    const [entry] = await list(sessionId);
    expect(entry).toMatchObject({
      seq: 2,
      type: "tool_call",
      tool: "Read",
      input: { path: "é" },
      nothing: null,
    });
    expect(entry?.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("keeps a timestamp of its own, beside the time it was received", async () => {
    const sessionId = await newSession(recorder);
    await act(sessionId, { type: "t", timestamp: "yesterday" }).expect(200);
    const [entry] = await list(sessionId);
    expect(entry).toMatchObject({
      timestamp: "yesterday",
      receivedAt: expect.stringMatching(/Z$/) as string,
    });
  });

  it.each([
    ["id in the action", { id: "e1" }, undefined],
    ["Idempotency-Key", {}, "e1"],
  ])("is stored once for one %s", async (_, fields, key) => {
    const sessionId = await newSession(recorder);
    const send = () => {
      const request = act(sessionId, { type: "t", ...fields });
      return key === undefined ? request : request.set("Idempotency-Key", key);
    };
    expect((await send()).body).toEqual({ success: true, seq: 2 });
    expect((await send()).body).toEqual({ success: true, seq: 2, duplicate: true });
    expect((await list(sessionId)).map(({ id }) => id)).toEqual(["e1"]);
  });

  it.each([
    ["an action", "", "response"],
    ["a response", "/responses", "action"],
  ])("%s with the id of an event of another type is refused, not called a repeat", async (_, path, other) => {
    const sessionId = await newSession(recorder);
    const first = other === "action" ? act : respond;
    await first(sessionId, { type: "t", id: "e1" }).expect(200);
    const url = `/api/actions/${sessionId}${path}`;
    const answers = [
      await recorder.http.post(url).send({ type: "t", id: "e1" }),
      await recorder.http.post(url).set("Idempotency-Key", "e1").send({ type: "t" }),
    ];
    const refusal = { errors: [{ path: "id", message: `is the id of an event of type ${other}` }] };
    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
    expect(answers.map(({ body }) => body as unknown)).toMatchObject([refusal, refusal]);
  });

  it("counts by its type", async () => {
    const sessionId = await newSession(recorder);
    for (const type of [
      "task_spawn",
      "tool_call",
      "mcp_call",
      "file_write",
      "file_edit",
      "bash_exec",
      "error",
      "other",
    ]) {
      await act(sessionId, { type }).expect(200);
    }
    expect((await recorder.http.get(`/api/sessions/${sessionId}`)).body).toMatchObject({
      metadata: {
        metrics: {
          actions: 8,
          agentsSpawned: 1,
          toolCalls: 1,
          mcpCalls: 1,
          filesModified: 2,
          bashCommands: 1,
          errors: 1,
        },
      },
    });
  });

  it("on several lines is one line in the file", async () => {
    const sessionId = await newSession(recorder);
    await recorder.http
      .post(`/api/actions/${sessionId}`)
      .set("Content-Type", "application/json")
      .send('{\n  "type": "t",\r\n  "text": "a\\nb"\n}')
      .expect(200);
    const file = path.join(recorder.dataDir, "sessions", sessionId, "actions.jsonl");
    await expect
      .poll(() =>
        fs
          .readFileSync(file, "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as object),
      )
      .toEqual([expect.objectContaining({ type: "t", text: "a\nb" })]);
  });
});

describe("a response", () => {
  it("is a text unless it says otherwise, and adds to the totals", async () => {
    const sessionId = await newSession(recorder);
    await respond(sessionId, {
      content: "hi",
      usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 2 },
      costUsd: 0.1,
    }).expect(200);
    await respond(sessionId, { type: "thinking", usage: { inputTokens: 1 }, costUsd: 0.2 }).expect(200);
    expect((await recorder.http.post(`/api/actions/${sessionId}/responses`).expect(200)).body).toEqual({
      success: true,
      seq: 4,
    });
    const stored = await list(sessionId, "/responses");
    expect(stored.map(({ type, content }) => [type, content])).toEqual([
      ["text", "hi"],
      ["thinking", undefined],
      ["text", undefined],
    ]);
    expect((await recorder.http.get(`/api/sessions/${sessionId}`)).body).toMatchObject({
      metadata: {
        tokenUsage: { input: 11, output: 5, cacheRead: 2, cacheWrite: 0, total: 18 },
        costUsd: 0.3,
        metrics: { responses: 3 },
      },
    });
  });
});

describe("reading a log", () => {
  let sessionId: string;
  beforeAll(async () => {
    sessionId = await newSession(recorder);
    const events = Array.from({ length: 12 }, (_, index) => ({
      type: "action",
      data: {
        type: index % 2 === 0 ? "even" : "odd",
        index,
        agentId: `a${String(index % 3)}`,
        runId: index < 6 ? "r1" : "r2",
      },
    }));
    await recorder.http.post(`/api/sessions/${sessionId}/batch`).send({ events }).expect(200);
  });

  it.each([
    ["", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ["?after=11", [10, 11]],
    ["?limit=2", [0, 1]],
    ["?tail=3", [9, 10, 11]],
    ["?type=even&limit=2&after=4", [4, 6]],
    ["?agentId=a1", [1, 4, 7, 10]],
    ["?runId=r2&agentId=a0", [6, 9]],
    ["?tail=2&type=odd&runId=r1", [3, 5]],
    ["?tail=5&after=11", [10, 11]],
    ["?type=none", []],
  ])("with %j gives %j", async (query, indexes) => {
    expect((await list(sessionId, query)).map(({ index }) => index)).toEqual(indexes);
  });

  it("leads on to the next page by link", async () => {
    const seen: unknown[] = [];
    for (let next: string | undefined = `/api/actions/${sessionId}?limit=5&type=even`; next !== undefined;) {
      const answer: Answer = await recorder.http.get(next).expect(200);
      seen.push(
        ...LogEntry.array()
          .parse(answer.body)
          .map(({ index }) => index),
      );
      next = nextPage(answer);
    }
    expect(seen).toEqual([0, 2, 4, 6, 8, 10]);
  });

  it("as NDJSON gives everything, or what is asked for, as it stands in the file", async () => {
    const read = async (query: string): Promise<string> => {
      const headers = { Accept: "application/x-ndjson" };
      return (await send(recorder.url, { path: `/api/actions/${sessionId}${query}`, headers })).body;
    };
    const file = path.join(recorder.dataDir, "sessions", sessionId, "actions.jsonl");
    await expect.poll(() => fs.readFileSync(file, "utf8")).toBe(await read(""));
    expect((await read("?limit=2")).trimEnd().split("\n")).toHaveLength(2);
    expect(
      (await read("?tail=1"))
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as LogEntry).index),
    ).toEqual([11]);
    expect(await read("?type=none")).toBe("");
  });

  it("as a page of NDJSON says where the next one is, as a page of JSON does", async () => {
    let read = "";
    let pages = 0;
    for (let next: string | undefined = `/api/actions/${sessionId}?limit=5`; next !== undefined;) {
      const answer = await send(recorder.url, { path: next, headers: { Accept: "application/x-ndjson" } });
      read += answer.body;
      pages += 1;
      next = nextPage(answer);
    }
    expect(pages).toBe(3);
    const file = path.join(recorder.dataDir, "sessions", sessionId, "actions.jsonl");
    await expect.poll(() => fs.readFileSync(file, "utf8")).toBe(read);
  });

  it.each(["limit=0", "tail=0", "tail=1001", "after=x", "agentId=a/b"])(
    "with %s is refused",
    async (query) => {
      const answer = await recorder.http.get(`/api/actions/${sessionId}?${query}`);
      expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path: query.split("=")[0] }] }]);
    },
  );

  it("of no session is a 404", async () => {
    for (const log of ["", "/responses"]) {
      expect((await recorder.http.get(`/api/actions/nowhere${log}`).expect(404)).body).toMatchObject({
        code: "session_not_found",
      });
    }
  });
});
