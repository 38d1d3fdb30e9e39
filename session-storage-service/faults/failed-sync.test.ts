import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { audit } from "./support/audit.js";
import { Crew } from "./support/crew.js";
import { temporaryFolder } from "./support/folders.js";
import { startService } from "./support/service.js";
import { injectInto } from "./support/strace.js";

it("acknowledges nothing after a failed sync until it is restarted", async () => {
  const dataDir = await temporaryFolder();
  const { process, client } = await startService({ dataDir });
  const crew = new Crew("s");
  await crew.openSessions(client);
  await crew.writeOnce(client);
  const journal = join(dataDir, "journal");
  const segments = await readdir(journal);
  const trace = await injectInto(process.pid, {
    calls: "fsync,fdatasync",
    paths: segments.map((name) => join(journal, name)),
    inject: "error=EIO",
  });

  const refused = crew.writers.map(() => "storage_unavailable");
  expect(await crew.write(client)).toEqual(refused);
  await trace.happened();
  await trace.detach();
  // The disk is well again, but what the failed sync lost is not known: the journal stays shut.
  for (let round = 0; round < 10; round += 1) expect(await crew.writeOnce(client)).toEqual(refused);
  const { status } = await client.post("/api/sessions", { userId: "fault", initial: {} });
  expect(status).toBe(503);
  expect(await client.readiness()).toBe(503);
  for (const sessionId of crew.ledger.sessions) expect((await client.verify(sessionId)).complete).toBe(true);

  await process.kill();
  const again = await startService({ dataDir });
  expect(await audit(again.client, dataDir, crew.ledger)).toEqual([]);
  expect(await crew.writeOnce(again.client)).toEqual(crew.writers.map(() => "acknowledged"));
  expect(await audit(again.client, dataDir, crew.ledger)).toEqual([]);
  expect(await again.client.readiness()).toBe(200);
});
