import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { audit } from "./support/audit.js";
import { run } from "./support/command.js";
import { Crew } from "./support/crew.js";
import { defined } from "./support/defined.js";
import { temporaryFolder } from "./support/folders.js";
import { startService } from "./support/service.js";

it("numbers on when the clock jumps back an hour, running and across a restart", async () => {
  const folder = await temporaryFolder();
  const dataDir = join(folder, "data");
  const clock = join(folder, "clock");
  await writeFile(clock, "+0");
  const env = {
    LD_PRELOAD: await run("sh", "-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1"),
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const { process, client } = await startService({ dataDir, env });
  const crew = new Crew("s");
  await crew.openSessions(client);
  await writeFor(crew, client, 300);
  await writeFile(clock, "-3600");
  await writeFor(crew, client, 300);

  const events = await client.events("s-0");
  const [first, last] = [defined(events[0]), defined(events.at(-1))];
  expect(Date.parse(last.timestamp), "the clock did jump").toBeLessThan(
    Date.parse(first.timestamp) - 3_000_000,
  );
  expect(await audit(client, dataDir, crew.ledger)).toEqual([]);

  await writeFile(clock, "-7200");
  await process.kill();
  const again = await startService({ dataDir, env });
  await writeFor(crew, again.client, 300);
  expect(await audit(again.client, dataDir, crew.ledger)).toEqual([]);
});

async function writeFor(crew: Crew, client: Parameters<Crew["write"]>[0], durationMs: number): Promise<void> {
  expect(await crew.write(client, AbortSignal.timeout(durationMs))).toEqual(
    crew.writers.map(() => "acknowledged"),
  );
}
