import type { Response as Answer } from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EventsPage, SessionEvent, SessionExport, VerifyResult } from "session-protocol";
import { send } from "../support/raw-http.js";
import { newSession, nextPage, startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
let sessionId: string;

beforeAll(async () => {
  recorder = await startTestService();
  sessionId = await newSession(recorder, { name: "A *bold* name" });
  const events = [
    { type: "goal_added", data: { id: "g1", description: "find <it>" } },
    { type: "agent_spawned", data: { agentId: "a1", type: "scout" } },
    {
      type: "action",
      id: "act-1",
      data: { type: "tool_call", agentId: "a1", runId: "r1", text: "grüße ```` 你好" },
    },
    {
      type: "response",
      data: { content: "hello", agentId: "a1", usage: { inputTokens: 3, outputTokens: 4 } },
    },
    { type: "action", data: { type: "error", runId: "r2" } },
    { type: "goal_updated", data: { goalId: "g1", status: "completed" } },
    { type: "session_finalized", data: { status: "success", outcome: "found" } },
  ];
  await recorder.http.post(`/api/sessions/${sessionId}/batch`).send({ events }).expect(200);
});
afterAll(() => recorder.stop());

const TYPES = [
  "session_created",
  "goal_added",
  "agent_spawned",
  "action",
  "response",
  "action",
  "goal_updated",
  "session_finalized",
];

const linesOf = (text: string): SessionEvent[] => {
  expect(text.endsWith("\n")).toBe(true);
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => SessionEvent.parse(JSON.parse(line)));
};

describe("a session's events", () => {
  it("come in order, numbered from 1, as they were sent", async () => {
    const page = EventsPage.parse(
      (await recorder.http.get(`/api/sessions/${sessionId}/events`).expect(200)).body,
    );
    expect(page.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(page.events.map(({ type }) => type)).toEqual(TYPES);
    expect(page.events[3]).toMatchObject({ id: "act-1", sessionId, data: { text: "grüße ```` 你好" } });
    expect(page).toMatchObject({ lastSeq: 8, nextAfter: null });
  });

  it("page by limit, by cursor and by link", async () => {
    const seen: number[] = [];
    for (let next: string | undefined = `/api/v1/sessions/${sessionId}/events?limit=3`; next !== undefined;) {
      const answer: Answer = await recorder.http.get(next).expect(200);
      const page = EventsPage.parse(answer.body);
      seen.push(...page.events.map(({ seq }) => seq));
      next = nextPage(answer);
      const after =
        page.nextAfter === null
          ? undefined
          : `/api/v1/sessions/${sessionId}/events?limit=3&after=${String(page.nextAfter)}`;
      expect(next).toBe(after);
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it.each([
    ["after=6", [7, 8]],
    ["after=8", []],
    ["after=99", []],
    ["type=action", [4, 6]],
    ["type=action,goal_added", [2, 4, 6]],
    ["agentId=a1", [3, 4, 5]],
    ["runId=r1", [4]],
    ["agentId=a1&runId=r2", []],
    ["type=response&agentId=a1&after=4", [5]],
  ])("filtered by %s are %j", async (query, seqs) => {
    const answer = await recorder.http.get(`/api/sessions/${sessionId}/events?${query}`).expect(200);
    expect(EventsPage.parse(answer.body).events.map(({ seq }) => seq)).toEqual(seqs);
  });

  it("come all as NDJSON, or as many as asked for", async () => {
    const read = (query: string) => {
      const headers = { Accept: "application/x-ndjson" };
      return send(recorder.url, { path: `/api/sessions/${sessionId}/events${query}`, headers });
    };
    const all = await read("");
    expect(all.headers["content-type"]).toBe("application/x-ndjson");
    expect(all.headers.vary).toMatch(/Accept/);
    expect(linesOf(all.body).map(({ type }) => type)).toEqual(TYPES);
    expect(linesOf((await read("?limit=2&after=3")).body).map(({ seq }) => seq)).toEqual([4, 5]);
  });

  it("as a page of NDJSON say where the next one is, as a page of JSON does", async () => {
    const seqs: unknown[] = [];
    let pages = 0;
    for (let next: string | undefined = `/api/sessions/${sessionId}/events?limit=3`; next !== undefined;) {
      const answer = await send(recorder.url, { path: next, headers: { Accept: "application/x-ndjson" } });
      seqs.push(...linesOf(answer.body).map(({ seq }) => seq));
      pages += 1;
      next = nextPage(answer);
    }
    expect([seqs, pages]).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], 3]);
  });

  it("are the same on every way out", async () => {
    const page = await recorder.http.get(`/api/sessions/${sessionId}/events`);
    const lines = await send(recorder.url, { path: `/api/sessions/${sessionId}/export?format=ndjson` });
    const whole = await recorder.http.get(`/api/sessions/${sessionId}/export`);
    expect(linesOf(lines.body)).toEqual((page.body as { events: unknown }).events);
    expect((whole.body as { events: unknown }).events).toEqual((page.body as { events: unknown }).events);
  });

  it.each([
    "after=-1",
    "after=1.5",
    "limit=0",
    "limit=1001",
    "type=nope",
    "type=",
    "agentId=..",
    "runId=%2e%2e%2f",
  ])("asked for with %s are refused", async (query) => {
    const answer = await recorder.http.get(`/api/sessions/${sessionId}/events?${query}`);
    expect(answer.status).toBe(400);
    expect((answer.body as { errors: { path: string }[] }).errors[0]?.path).toMatch(
      new RegExp(`^${query.split("=")[0] as string}`),
    );
  });

  it.each(["events", "verify", "export"])("of no session are a 404 (%s)", async (route) => {
    const answer = await recorder.http.get(`/api/sessions/nowhere/${route}`);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([404, "session_not_found"]);
  });
});

it("verify says that everything is there, and what a sender is missing", async () => {
  const answer = await recorder.http.get(`/api/sessions/${sessionId}/verify`).expect(200);
  expect(VerifyResult.parse(answer.body)).toEqual({ complete: true, lastSeq: 8, missing: [], producers: [] });
  const other = await newSession(recorder);
  const events = [{ type: "action", id: "x", data: { type: "t" } }];
  const send = (recorded: number) => {
    const producer = { id: "p1", recorded, dropped: 1 };
    return recorder.http.post(`/api/sessions/${other}/batch`).send({ events, producer }).expect(200);
  };
  await send(2);
  expect((await send(4)).body).toEqual({ success: true, firstSeq: 2, lastSeq: 2, stored: 0, duplicates: 1 });
  const verdict = VerifyResult.parse(
    (await recorder.http.get(`/api/sessions/${other}/verify`).expect(200)).body,
  );
  expect(verdict).toMatchObject({
    complete: false,
    missing: [],
    producers: [{ id: "p1", recorded: 4, stored: 1, duplicates: 1, dropped: 1, missing: 2 }],
  });
});

describe("an export", () => {
  it("is a file named after the session", async () => {
    for (const [format, name, type] of [
      ["json", `${sessionId}.json`, "application/json"],
      ["ndjson", `${sessionId}.ndjson`, "application/x-ndjson"],
      ["markdown", `${sessionId}.md`, "text/markdown"],
    ] as const) {
      const answer = await send(recorder.url, { path: `/api/sessions/${sessionId}/export?format=${format}` });
      expect(answer.status).toBe(200);
      expect(answer.headers["content-disposition"]).toBe(`attachment; filename="${name}"`);
      expect(answer.headers["content-type"]).toMatch(new RegExp(`^${type}`));
    }
  });

  it("as JSON has the documents and every event", async () => {
    const whole = SessionExport.parse(
      (await recorder.http.get(`/api/sessions/${sessionId}/export?format=json`)).body,
    );
    expect(whole.events).toHaveLength(8);
    expect(whole).toMatchObject({
      metadata: { status: "completed" },
      state: { seq: 8 },
      final: { outcome: "found" },
    });
  });

  it("as Markdown reads from top to bottom and takes nothing an agent wrote for markup", async () => {
    const { body: page } = await send(recorder.url, {
      path: `/api/sessions/${sessionId}/export?format=markdown`,
    });
    expect(page).toMatch(/^# A \\\*bold\\\* name\n/);
    expect(page).toContain("- [x] find \\<it\\> (g1, completed)");
    expect(page).toContain("- a1: scout, spawned");
    expect(page).toContain("## Outcome: success\n\n```\nfound\n```");
    expect(page).toContain("### 5. response: text");
    expect(page).toContain("```\nhello\n```");
    expect(page).toContain("`````json\n");
    const headings = [...page.matchAll(/^### (\d+)\. /gm)].map(([, seq]) => Number(seq));
    expect(headings).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("in another format is refused", async () => {
    const answer = await recorder.http.get(`/api/sessions/${sessionId}/export?format=pdf`);
    expect([answer.status, answer.body]).toMatchObject([400, { errors: [{ path: "format" }] }]);
  });
});
