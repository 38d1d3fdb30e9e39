import { join } from "node:path";
import { expect, it } from "vitest";
import { audit } from "./support/audit.js";
import { Crew } from "./support/crew.js";
import { Ext4Disk } from "./support/ext4-disk.js";
import { startService } from "./support/service.js";

it("refuses writes and reads on when the disk turns read-only", async () => {
  const disk = await Ext4Disk.create(64);
  const dataDir = join(disk.mountpoint, "data");
  await disk.mount("errors=remount-ro");
  const { process, client } = await startService({ dataDir });
  const crew = new Crew("s");
  await crew.openSessions(client);
  await crew.writeOnce(client);

  const writing = crew.write(client);
  await disk.turnReadOnly();
  const refused = crew.writers.map(() => "storage_unavailable");
  expect(await writing).toEqual(refused);
  expect(await crew.writeOnce(client)).toEqual(refused);
  expect(await client.readiness()).toBe(503);
  for (const sessionId of crew.ledger.sessions) expect((await client.verify(sessionId)).complete).toBe(true);

  await process.kill();
  await disk.unmount();
  await disk.repair();
  await disk.mount();
  const again = await startService({ dataDir });
  expect(await audit(again.client, dataDir, crew.ledger)).toEqual([]);
  expect(await crew.writeOnce(again.client)).toEqual(crew.writers.map(() => "acknowledged"));
});
