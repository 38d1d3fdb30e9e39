import { expect, it } from "vitest";
import { SessionDocument } from "session-protocol";
import { audit } from "./support/audit.js";
import { temporaryFolder } from "./support/folders.js";
import { Ledger } from "./support/ledger.js";
import { startService } from "./support/service.js";
import { Writer } from "./support/writer.js";

const CLIENTS = 64;
const WRITES_EACH = 50;

it(`numbers what ${CLIENTS} clients write to one session without gap or repeat`, async () => {
  const dataDir = await temporaryFolder();
  const { client } = await startService({ dataDir });
  const ledger = new Ledger();
  ledger.open("s");
  await client.createSession("s");
  const writers = Array.from({ length: CLIENTS }, (_, n) => new Writer(`client ${n}`, "s", "single", ledger));
  await Promise.all(
    writers.map(async (writer) => {
      for (let n = 0; n < WRITES_EACH; n += 1) expect(await writer.writeOnce(client)).toBe("acknowledged");
    }),
  );

  expect(await audit(client, dataDir, ledger)).toEqual([]);
  const total = CLIENTS * WRITES_EACH;
  const seqs = ledger.writes("s").flatMap(({ firstSeq }) => firstSeq ?? []);
  expect(seqs.sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, n) => n + 2));
  const { metadata } = await client.read("/api/sessions/s?entries=0", SessionDocument);
  expect(metadata.metrics).toMatchObject({ actions: total / 2, responses: total / 2, toolCalls: total / 2 });
  expect(metadata.tokenUsage).toMatchObject({
    input: (total / 2) * 3,
    output: (total / 2) * 2,
    total: (total / 2) * 5,
  });
});
