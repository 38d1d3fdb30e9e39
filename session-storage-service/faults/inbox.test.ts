import { randomUUID } from "node:crypto";
import { readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { temporaryFolder } from "./support/folders.js";
import { startService } from "./support/service.js";
import { between, waitFor } from "./support/waiting.js";

const FILES = 4;
const LINES = 400;
const EVENTS_A_LINE = 5;
const KILLS = 8;

it("ingests a dropped file exactly once though the service is killed in the middle", async () => {
  const folder = await temporaryFolder();
  const dataDir = join(folder, "data");
  const sent = Array.from({ length: FILES }, (_, n) => spool(`dropped-${n}`));
  const first = await startService({ dataDir });
  for (const { sessionId, text } of sent) {
    await writeFile(join(folder, sessionId), text);
    await rename(join(folder, sessionId), join(dataDir, "inbox", `${sessionId}.jsonl`));
  }
  await sleep(between(100, 400));
  await first.process.kill();
  for (let kill = 1; kill < KILLS; kill += 1) {
    const service = await startService({ dataDir });
    await sleep(between(0, 150));
    await service.process.kill();
  }

  const { client } = await startService({ dataDir });
  await waitFor(
    "the inbox to be emptied",
    async () =>
      (await readdir(join(dataDir, "inbox"))).every((name) => !name.endsWith(".jsonl")) || undefined,
  );
  for (const { sessionId, ids } of sent) {
    const events = await client.events(sessionId);
    expect(events.map(({ id }) => id).slice(1)).toEqual(ids);
    expect(await client.verify(sessionId)).toMatchObject({ complete: true, lastSeq: ids.length + 1 });
  }
});

function spool(sessionId: string): { sessionId: string; ids: string[]; text: string } {
  const lines = Array.from({ length: LINES }, () => ({
    sessionId,
    userId: "fault",
    events: Array.from({ length: EVENTS_A_LINE }, () => ({
      type: "action",
      id: randomUUID(),
      data: { type: "tool_call", output: "x".repeat(500) },
    })),
  }));
  return {
    sessionId,
    ids: lines.flatMap(({ events }) => events.map(({ id }) => id)),
    text: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  };
}
