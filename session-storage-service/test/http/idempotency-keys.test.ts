import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { newSession, startTestService, type TestService } from "../support/service.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "recorder-keys-"));
const settings = { DATA_DIR: folder, SEGMENT_BYTES: "4096" };
let recorder = await startTestService(settings);
afterAll(async () => {
  await recorder.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  await recorder.stop();
  recorder = await startTestService(settings);
}

/** Fills its segments, so that those that hold what came before are retired, and starts anew from the files. */
async function forgetJournal(): Promise<void> {
  const before = segments();
  const entry = { text: "x".repeat(5_000) };
  const fill = () => recorder.http.post("/api/transcripts/p/filler").send({ entries: [entry] });
  for (let count = 0; count < 3; count += 1) await fill().expect(200);
  await expect.poll(() => segments().some((name) => before.includes(name))).toBe(false);
  await restart();
}

const segments = (): string[] =>
  fs.readdirSync(path.join(folder, "journal")).filter((name) => name.endsWith(".log"));

const append = async (
  { http }: TestService,
  key: string,
  body: object,
  subpath?: string,
): Promise<unknown> => {
  const sent = { ...body, ...(subpath === undefined ? {} : { subpath }) };
  return (await http.post("/api/transcripts/p/t").set("Idempotency-Key", key).send(sent).expect(200)).body;
};
const entriesOf = async ({ http }: TestService, subpath = ""): Promise<unknown> =>
  (
    (await http.get("/api/transcripts/p/t").query(subpath === "" ? {} : { subpath })).body as {
      entries: unknown;
    }
  ).entries;

it("a transcript's entries without uuid were stored again with every repeat of their request", async () => {
  const first = { stored: 2, duplicates: 1, total: 2 };
  const body = { entries: [{ n: 1 }, { uuid: "u" }, { uuid: "u" }], summary: { s: 1 } };
  expect(await append(recorder, "k1", body)).toEqual(first);
  expect(await append(recorder, "k2", { entries: [{ n: 2 }] })).toEqual({
    stored: 1,
    duplicates: 0,
    total: 3,
  });
  expect(await append(recorder, "k1", body)).toEqual({ ...first, duplicate: true });
  expect(await append(recorder, "k1", { entries: [{ n: 3 }] }, "sub")).toMatchObject({ stored: 1, total: 1 });
  await restart();
  expect(await append(recorder, "k1", body)).toEqual({ ...first, duplicate: true });
  await forgetJournal();
  expect(await append(recorder, "k1", body)).toEqual({ ...first, duplicate: true });
  expect(await append(recorder, "k1", { entries: [{ n: 3 }] }, "sub")).toMatchObject({ duplicate: true });
  expect(await entriesOf(recorder)).toEqual([{ n: 1 }, { uuid: "u" }, { n: 2 }]);
  expect(await entriesOf(recorder, "sub")).toEqual([{ n: 3 }]);
  expect((await recorder.http.get("/api/transcripts/p/t/subkeys")).body).toEqual({ subkeys: ["sub"] });
});

it("a repeat with If-Match is told what the first did, not that the transcript has changed", async () => {
  const send = () =>
    recorder.http
      .post("/api/transcripts/p/matched")
      .set({ "Idempotency-Key": "k", "If-Match": "0" })
      .send({ entries: [{ n: 1 }] });
  expect((await send().expect(200)).body).toEqual({ stored: 1, duplicates: 0, total: 1 });
  expect((await send().expect(200)).body).toEqual({ stored: 1, duplicates: 0, total: 1, duplicate: true });
});

it.each(["sub", undefined])("what came with a key is forgotten with its transcript: %s", async (subpath) => {
  await append(recorder, "gone", { entries: [{ n: 1 }] }, subpath);
  const query = subpath === undefined ? {} : { subpath };
  await recorder.http.delete("/api/transcripts/p/t").query(query).expect(200);
  expect(await append(recorder, "gone", { entries: [{ n: 1 }] }, subpath)).not.toHaveProperty("duplicate");
});

it("a repeated request to clean up threw away more than the first", async () => {
  const expired = async (): Promise<void> => {
    const sessionId = await newSession(recorder, { ttlDays: 1e-9 });
    await recorder.http.post(`/api/sessions/${sessionId}/finalize`).expect(200);
  };
  const cleanup = async (): Promise<unknown> =>
    (await recorder.http.post("/api/admin/cleanup").set("Idempotency-Key", "k").expect(200)).body;
  await expired();
  const [first, joined] = await Promise.all([cleanup(), cleanup()]);
  expect(first).toMatchObject({ sessionsDeleted: 1 });
  expect(joined).toEqual({ ...(first as object), duplicate: true });
  await expired();
  await restart();
  expect(await cleanup()).toEqual({ ...(first as object), duplicate: true });
  expect((await recorder.http.post("/api/admin/cleanup").expect(200)).body).toMatchObject({
    sessionsDeleted: 1,
  });
});
