import { rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { audit } from "./support/audit.js";
import { Crew } from "./support/crew.js";
import { startService } from "./support/service.js";
import { smallDisk } from "./support/small-disk.js";

const env = { SEGMENT_BYTES: String(1024 * 1024) };
/** Room for some writes, so that the disk runs full in the midst of them. */
const LEFT_BYTES = 300 * 1024;

it("answers 507 on a full disk, reads on, and writes again once there is space", async () => {
  const folder = await smallDisk(8);
  const dataDir = join(folder, "data");
  const { process, client } = await startService({ dataDir, env });
  const crew = new Crew("s");
  await crew.openSessions(client);
  await crew.writeOnce(client);
  const acknowledged = crew.writers.map(() => "acknowledged");

  for (let round = 0; round < 3; round += 1) {
    await writeFile(join(folder, "filler"), Buffer.alloc((await freeBytes(folder)) - LEFT_BYTES));
    expect(await crew.write(client)).toEqual(crew.writers.map(() => "storage_full"));
    expect(await client.readiness()).toBe(503);
    const stored = await crew.stored(client);
    for (const sessionId of crew.ledger.sessions)
      expect((await client.verify(sessionId)).complete).toBe(true);
    const kept = [...crew.inDoubt()].filter((id) => stored.has(id));
    expect(kept, "refused with 507, yet stored").toEqual([]);

    await rm(join(folder, "filler"));
    expect(await crew.writeOnce(client)).toEqual(acknowledged);
    expect(await client.readiness()).toBe(200);
    expect(await audit(client, dataDir, crew.ledger)).toEqual([]);
  }

  await process.kill();
  const again = await startService({ dataDir, env });
  expect(await audit(again.client, dataDir, crew.ledger)).toEqual([]);
});

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
