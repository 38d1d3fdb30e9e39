import { afterAll, expect, it } from "vitest";
import { CleanupResult } from "session-protocol";
import { problemOf } from "../support/run-requests.js";
import { newSession, startTestService } from "../support/service.js";

const recorder = await startTestService();
const { http } = recorder;
afterAll(() => recorder.stop());

const NOTHING = { sessionsDeleted: 0, runsDeleted: 0, nodesDeleted: 0, bytesFreed: 0 };

it("throws away what has expired and tells what that was", async () => {
  const sessionId = await newSession(recorder, { ttlDays: 1e-9 });
  expect((await http.post("/api/admin/cleanup").expect(200)).body).toEqual(NOTHING);
  await http.post(`/api/sessions/${sessionId}/finalize`).expect(200);
  const answer = await http.post("/api/admin/cleanup").send({ dryRun: false }).expect(200);
  const { bytesFreed, ...counts } = CleanupResult.parse(answer.body);
  expect([counts, bytesFreed > 0]).toEqual([{ sessionsDeleted: 1, runsDeleted: 0, nodesDeleted: 0 }, true]);
  await http.get(`/api/sessions/${sessionId}`).expect(404);
  expect((await http.get("/metrics")).text).toContain("recorder_retention_sessions_deleted_total 1");
});

it("a mistyped dryRun threw everything away", async () => {
  const answer = await http.post("/api/admin/cleanup").send({ dryrun: true }).expect(400);
  expect(problemOf(answer)).toEqual(["invalid_request", ["dryrun"]]);
});

it.each([{ days: 0 }, { days: 3_651 }, { days: 1.5 }, { days: "7" }, { days: -1 }, { days: 1_000_000 }])(
  "refuses %j and names the field",
  async (body) => {
    const answer = await http.post("/api/admin/cleanup").send(body).expect(400);
    expect(problemOf(answer)).toEqual(["invalid_request", ["days"]]);
  },
);
