import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runRequests } from "./support/run-requests.js";
import { startTestService } from "./support/service.js";

const page = readFileSync(new URL("../../docs/reading-the-files.md", import.meta.url), "utf8");
const commands = [...page.matchAll(/^### (.*)$[^]*?^```sh\n([^]*?)^```$/gm)].map(
  ([, title = "", command = ""]) => ({ title, command }),
);

const SESSION = "s-files";
const RUN = "run-well";
const today = new Date().toISOString().slice(0, 10);

/** What each command is to say of the session below, line by line. */
const ANSWERS: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  "What is running": [/^20\S+Z\ta2\trun-open\t0 nodes$/],
  "Which session a run belongs to": [`sessions/${SESSION}/events.jsonl`],
  "Follow a run": [
    /"tool":"Read"/,
    /"tool":"Bash"/,
    /"content":"done"/,
    /execution_started/,
    /node_executed/,
    /_completed/,
  ],
  "One run's activity in order": [
    /^\{"seq":3,.*execution_started/,
    /^\{"seq":4,.*node_executed/,
    /^\{"seq":5,.*Read/,
    /^\{"seq":6,.*Bash/,
    /^\{"seq":7,.*done/,
    /^\{"seq":8,.*execution_completed/,
  ],
  "The steps of a run": ["plan\tllm\tcompleted\t12 ms"],
  "How runs ended and how long they took": [
    /^\d+\t(completed\t150\trun-well|timeout\t0\trun-badly)$/,
    /^\d+\t(comp|time)/,
  ],
  "Runs that failed today": [/^\{"at":"20\S+","run":"run-badly","status":"timeout","error":"too slow"\}$/],
  "Actions that failed today": ['{"seq":6,"tool":"Bash","run":"run-well","error":"exit 1"}'],
  "What happened before a failure": [/"seq":1,/, /"seq":2,/, /"seq":3,/, /"seq":4,/, /"seq":5,/, /"seq":6,/],
  "The slowest tools": ["1\t900\t900\tBash", "2\t45\t60\tRead"],
  "The slowest calls of a session": ["900\tBash\t6", "60\tRead\t5", "30\tRead\t11"],
  "Cost by agent": ["0.25\ta1", "0\ta2"],
  "Tokens by day": [`${today}\t150\t0.25`],
  "The dearest sessions": [`0.25\t150\t${SESSION}\tA name`],
  "The newest": [new RegExp(`^20\\S+\\tactive\\t${SESSION}\\tu1$`)],
  "Which are active": [new RegExp(`^20\\S+\\t${SESSION}\\tu1$`)],
  "Goals of a session and how they stand": ["pending\tg1\tread it all"],
  "Whether a session is complete": ["12 events"],
};

const recorder = await startTestService();
afterAll(() => recorder.stop());

beforeAll(async () => {
  const { http, dataDir } = recorder;
  const { start, node, complete } = runRequests(recorder);
  const act = (fields: object) =>
    http
      .post(`/api/actions/${SESSION}`)
      .send({ type: "tool_call", ...fields })
      .expect(200);
  const session = { sessionId: SESSION, userId: "u1", name: "A name", initial: {} };
  await http.post("/api/sessions").send(session).expect(201);
  await http.post(`/api/state/${SESSION}/goals`).send({ id: "g1", description: "read it all" }).expect(200);
  await start(SESSION, { runId: RUN, agentId: "a1" }).expect(201);
  await node(SESSION, RUN, { nodeId: "plan", status: "completed", durationMs: 12 }).expect(200);
  await act({ runId: RUN, tool: "Read", durationMs: 60, output: "about run-badly" });
  await act({ runId: RUN, tool: "Bash", durationMs: 900, error: "exit 1" });
  const usage = { inputTokens: 100, outputTokens: 50 };
  const response = { runId: RUN, content: "done", agentId: "a1", usage, costUsd: 0.25 };
  await http.post(`/api/actions/${SESSION}/responses`).send(response).expect(200);
  await complete(SESSION, RUN).expect(200);
  await start(SESSION, { runId: "run-badly", agentId: "a1" }).expect(201);
  await complete(SESSION, "run-badly", { status: "timeout", error: "too slow" }).expect(200);
  await act({ tool: "Read", durationMs: 30 });
  await start(SESSION, { runId: "run-open", agentId: "a2" }).expect(201);
  const file = `${dataDir}/sessions/${SESSION}/metadata.json`;
  const seqOnDisk = () => (JSON.parse(readFileSync(file, "utf8")) as { seq: number }).seq;
  await vi.waitUntil(() => existsSync(file) && seqOnDisk() === 12, { timeout: 60_000 });
});

/**
 * The lines a command prints. One that follows a file never ends of itself: it is ended once it has printed as many as
 * it should.
 */
async function outputOf(command: string, expected: number): Promise<string[]> {
  const env = { ...process.env, session: SESSION, run: RUN };
  const shell = spawn("bash", ["-euo", "pipefail", "-c", command], {
    cwd: recorder.dataDir,
    env,
    // A group of its own, so that what the shell has started ends with it.
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(shell, "close");
  let text = "";
  shell.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  const lines = (): string[] => text.trimEnd().split("\n");
  if (command.includes("tail -qF")) {
    await expect.poll(lines).toHaveLength(expected);
    process.kill(-(shell.pid as number));
    await ended;
  } else expect(await ended).toEqual([0, null]);
  return lines();
}

describe("docs/reading-the-files.md", () => {
  it("has an answer here for every command", () => {
    const titles = [...page.matchAll(/^### (.*)$/gm)].map(([, title]) => title);
    expect(commands.map(({ title }) => title)).toEqual(titles);
    expect(titles).toEqual(Object.keys(ANSWERS));
  });

  it.each(commands)("$title", async ({ title, command }) => {
    const expected = ANSWERS[title] ?? [];
    const lines = await outputOf(command, expected.length);
    expect(lines).toEqual(
      expected.map((line) => (typeof line === "string" ? line : (expect.stringMatching(line) as string))),
    );
  });
});
