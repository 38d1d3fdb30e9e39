import { expect, it } from "vitest";
import { MemoryRecorder } from "../support/memory-recorder.js";

it("holds no more sessions than it may while nobody writes to them", async () => {
  const recorder = new MemoryRecorder(undefined, { maxSessions: 3, maxIdBytes: 1_000_000 });
  for (let index = 0; index < 20; index += 1) await recorder.create(`s${index}`);
  expect(recorder.sessions.hotCount).toBeLessThanOrEqual(4);
});

it("frees id tables past their budget although every session was used", async () => {
  const recorder = new MemoryRecorder(undefined, { maxSessions: 100, maxIdBytes: 500 });
  for (let index = 0; index < 10; index += 1) await recorder.create(`s${index}`);
  recorder.sessions.trim();
  recorder.sessions.trim();
  expect(recorder.sessions.hotCount).toBeLessThan(5);
});

it("keeps what was used since it last looked", async () => {
  const recorder = new MemoryRecorder(undefined, { maxSessions: 100, maxIdBytes: 0 });
  for (const id of ["s1", "s2"]) await recorder.create(id);
  recorder.sessions.trim();
  await recorder.sessions.get("s1");
  recorder.sessions.trim();
  expect(recorder.archive.released).toEqual(["s2"]);
});
