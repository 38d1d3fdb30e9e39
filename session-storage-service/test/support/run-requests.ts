import { RunSummary, type Problem } from "session-protocol";
import { newSession, type TestService } from "./service.js";

interface Answer {
  readonly body: unknown;
}

/** The code of a problem, and the paths it names. */
export function problemOf({ body }: Answer): [code: string, paths: string[] | undefined] {
  const { code, errors } = body as Problem;
  return [code, errors?.map(({ path }) => path)];
}

/** Requests about runs to a service. */
export function runRequests(recorder: TestService) {
  const { http } = recorder;
  let made = 0;
  const start = (sessionId: string, body: object) => http.post(`/api/sessions/${sessionId}/runs`).send(body);
  const node = (sessionId: string, runId: string, body: object = {}) =>
    http
      .post(`/api/sessions/${sessionId}/runs/${runId}/nodes`)
      .send({ nodeId: "n1", nodeType: "llm", status: "running", ...body });
  const complete = (sessionId: string, runId: string, body: object = { status: "completed" }) =>
    http.post(`/api/sessions/${sessionId}/runs/${runId}/complete`).send(body);
  const runOf = async (runId: string): Promise<RunSummary> =>
    RunSummary.parse((await http.get(`/api/runs/${runId}`).expect(200)).body);
  const newRun = async (fields: object = {}): Promise<{ sessionId: string; runId: string }> => {
    const sessionId = await newSession(recorder);
    const runId = `r${String((made += 1))}`;
    await start(sessionId, { runId, agentId: "a1", ...fields }).expect(201);
    return { sessionId, runId };
  };
  return { start, node, complete, runOf, newRun };
}
