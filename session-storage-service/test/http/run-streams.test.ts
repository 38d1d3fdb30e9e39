import { once } from "node:events";
import http from "node:http";
import { afterAll, describe, expect, it } from "vitest";
import { problemOf, runRequests } from "../support/run-requests.js";
import { newSession, startTestService } from "../support/service.js";

const recorder = await startTestService({ FEED_WINDOW_BYTES: "0" });
const { start, node, complete, newRun } = runRequests(recorder);
afterAll(() => recorder.stop());

/** What a stream sends: the name of each event, with its seq where it has one. */
class Followed {
  readonly events: string[] = [];
  ended = false;
  #text = "";

  private constructor(readonly response: http.IncomingMessage) {
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      this.#text += chunk;
      const blocks = this.#text.split("\n\n");
      this.#text = blocks.pop() ?? "";
      for (const block of blocks) if (!block.startsWith(":")) this.events.push(nameOf(block));
    });
    response.on("end", () => (this.ended = true));
  }

  static async open(path: string, headers: http.OutgoingHttpHeaders = {}): Promise<Followed> {
    const request = http.get(recorder.url + path, { headers });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(response.statusCode).toBe(200);
    return new Followed(response);
  }

  async has(...events: string[]): Promise<void> {
    await expect.poll(() => this.events).toEqual(events);
  }

  async endsWith(...events: string[]): Promise<void> {
    await this.has(...events);
    await expect.poll(() => this.ended).toBe(true);
  }
}

function nameOf(block: string): string {
  const seq = /^id: (\d+)$/m.exec(block)?.[1];
  const name = /^event: (.*)$/m.exec(block)?.[1] ?? "";
  return seq === undefined ? name : `${name} ${seq}`;
}

const act = (sessionId: string, runId: string) =>
  recorder.http.post(`/api/actions/${sessionId}`).send({ type: "x", runId }).expect(200);

describe("the stream of a run", () => {
  it("replays the run, goes on live with nothing of others, and ends with it", async () => {
    const { sessionId, runId } = await newRun();
    await node(sessionId, runId);
    await act(sessionId, "another");
    const stream = await Followed.open(`/api/runs/${runId}/stream`);
    await stream.has("execution_started 2", "node_executed 3");
    await act(sessionId, runId);
    await act(sessionId, "another");
    await complete(sessionId, runId);
    await act(sessionId, runId);
    await stream.endsWith(
      "execution_started 2",
      "node_executed 3",
      "action 5",
      "execution_completed 7",
      "end",
    );
  });

  it("is the same afterwards, and resumes where its reader left it", async () => {
    const { sessionId, runId } = await newRun();
    await node(sessionId, runId);
    await complete(sessionId, runId, { status: "cancelled" });
    await act(sessionId, "another");
    const path = `/api/runs/${runId}/stream`;
    await (
      await Followed.open(path)
    ).endsWith("execution_started 2", "node_executed 3", "execution_failed 4", "end");
    await (
      await Followed.open(path, { "Last-Event-ID": "2" })
    ).endsWith("node_executed 3", "execution_failed 4", "end");
    await (await Followed.open(`${path}?after=4`)).endsWith("end");
  });

  it("ends when the session ends under the run, but passes over ends that it outlived", async () => {
    const { sessionId, runId } = await newRun();
    const finalize = () => recorder.http.post(`/api/sessions/${sessionId}/finalize`).expect(200);
    const resume = () => recorder.http.post(`/api/sessions/${sessionId}/resume`).expect(200);
    await finalize();
    await (await Followed.open(`/api/runs/${runId}/stream`)).endsWith("execution_started 2", "end");
    await (await Followed.open(`/api/runs/${runId}/stream?after=3`)).endsWith("end");
    await resume();
    await act(sessionId, runId);
    const stream = await Followed.open(`/api/runs/${runId}/stream`);
    await stream.has("execution_started 2", "action 5");
    await finalize();
    await stream.endsWith("execution_started 2", "action 5", "end");
  });

  it("is none of an unknown run", async () => {
    expect(problemOf(await recorder.http.get("/api/runs/none/stream").expect(404))).toEqual([
      "run_not_found",
      ["runId"],
    ]);
  });
});

describe("the stream of a session's active run", () => {
  it("says where there is none, and ends", async () => {
    const sessionId = await newSession(recorder);
    const path = `/api/sessions/${sessionId}/runs/active/stream`;
    await (await Followed.open(path)).endsWith("no_active_invocation");
    await start(sessionId, { runId: `${sessionId}-r`, agentId: "a" });
    await complete(sessionId, `${sessionId}-r`);
    await (await Followed.open(path)).endsWith("no_active_invocation");
  });

  it("is that of the newest run that is running", async () => {
    const { sessionId, runId } = await newRun();
    await start(sessionId, { runId: `${runId}-newer`, agentId: "a" });
    const stream = await Followed.open(`/api/sessions/${sessionId}/runs/active/stream`);
    await complete(sessionId, runId);
    await complete(sessionId, `${runId}-newer`);
    await stream.endsWith("execution_started 3", "execution_completed 5", "end");
  });
});
