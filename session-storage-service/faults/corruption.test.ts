import { appendFile, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { audit } from "./support/audit.js";
import { defined } from "./support/defined.js";
import { temporaryFolder } from "./support/folders.js";
import { Ledger } from "./support/ledger.js";
import { ServiceProcess, startService } from "./support/service.js";
import { Writer } from "./support/writer.js";

/** Documented in docs/operations.md. */
const JOURNAL_CORRUPT = 4;
const WRITES = 40;
const DAMAGED_LINE = 20;

it("refuses a journal with damage before intact data, and names file, line and byte", async () => {
  const { dataDir, ledger } = await writtenFolder();
  const { segment, position } = await damageLine(dataDir, DAMAGED_LINE);
  const before = await readFile(segment);

  const process = new ServiceProcess({ dataDir });
  expect(await process.exited).toEqual({ code: JOURNAL_CORRUPT, signal: null });
  expect(process.output).toContain(segment);
  expect(process.output).toContain(`line ${DAMAGED_LINE}, byte ${position}`);
  expect(process.output).toContain("--repair");
  expect(await readFile(segment), "refusing changes nothing").toEqual(before);

  await writeFile(segment, flipped(before, position + 60));
  const { client } = await startService({ dataDir });
  expect(await audit(client, dataDir, ledger), "put right by hand, all is there").toEqual([]);
});

it("repairs without losing what the session files still hold", async () => {
  const { dataDir, ledger } = await writtenFolder();
  await damageLine(dataDir, DAMAGED_LINE);
  const { client } = await startService({ dataDir, args: ["--repair"] });
  expect(await audit(client, dataDir, ledger)).toEqual([]);
});

it("repairs what nothing else holds by setting it aside and saying what is missing", async () => {
  const { dataDir, ledger } = await writtenFolder();
  const { position, bytes } = await damageLine(dataDir, DAMAGED_LINE);
  await rm(join(dataDir, "sessions"), { recursive: true });
  await rm(join(dataDir, "index.db"), { force: true });

  const { process, client } = await startService({ dataDir, args: ["--repair"] });
  const loss = process.findLog("journal damage set aside");
  expect(loss).toMatchObject({ position, bytes: bytes.length });
  const aside = await readFile(join(dataDir, "journal", String(loss?.file)));
  expect(aside.equals(bytes), "the damaged bytes are kept as they were").toBe(true);

  // One write a line, and line 1 is session_created: line and seq are the same.
  const stored = await client.events("s");
  expect(stored.map(({ seq }) => seq)).toEqual(sequence(WRITES + 1).filter((seq) => seq !== DAMAGED_LINE));
  const kept = new Set(stored.map(({ id }) => id));
  const lost = ledger.acknowledged("s").filter(({ events }) => !kept.has(defined(events[0]).id));
  expect(lost.map(({ firstSeq }) => firstSeq)).toEqual([DAMAGED_LINE]);
  expect(await client.verify("s")).toMatchObject({
    complete: false,
    missing: [DAMAGED_LINE],
    lastSeq: WRITES + 1,
  });
  expect(await new Writer("after", "s", "single", ledger).writeOnce(client)).toBe("acknowledged");

  await process.kill();
  const again = await startService({ dataDir });
  expect(await again.client.verify("s")).toMatchObject({ missing: [DAMAGED_LINE], lastSeq: WRITES + 2 });
});

it.each([
  ["the beginning of a line", (line: Buffer) => line.subarray(0, line.length / 2)],
  ["a whole line with a wrong checksum", (line: Buffer) => flipped(line, 0)],
  ["the beginning of a line, and room", (line: Buffer) => line.subarray(0, line.length / 2), 700],
])("cuts a torn tail: %s", async (_, tail, roomBytes = 0) => {
  const { dataDir, ledger } = await writtenFolder();
  const segment = await onlySegment(dataDir);
  const before = await readFile(segment);
  const torn = tail(defined(linesOf(before)[5]));
  await appendFile(segment, Buffer.concat([torn, Buffer.alloc(roomBytes)]));

  const { process, client, url } = await startService({ dataDir });
  expect(process.findLog(/torn tail/)).toMatchObject({ bytes: torn.length });
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(new RegExp(`torn\\w* ${torn.length}\\n`));
  expect(await readFile(segment)).toEqual(before);
  expect(await audit(client, dataDir, ledger)).toEqual([]);
});

it("takes zeros after the last line for room, and not for a torn tail", async () => {
  const { dataDir, ledger } = await writtenFolder();
  const segment = await onlySegment(dataDir);
  const before = await readFile(segment);
  await appendFile(segment, Buffer.alloc(700));

  const { process, client } = await startService({ dataDir });
  expect(process.findLog(/torn tail/)).toBeUndefined();
  expect(await readFile(segment)).toEqual(before);
  expect(await audit(client, dataDir, ledger)).toEqual([]);
});

/** A folder left behind by a killed service, without its room: one session of so many single writes, each its own journal line. */
async function writtenFolder(): Promise<{ dataDir: string; ledger: Ledger }> {
  const dataDir = await temporaryFolder();
  const { process, client } = await startService({ dataDir });
  const ledger = new Ledger();
  ledger.open("s");
  await client.createSession("s");
  const writer = new Writer("writer", "s", "single", ledger);
  for (let n = 0; n < WRITES; n += 1) expect(await writer.writeOnce(client)).toBe("acknowledged");
  expect(await audit(client, dataDir, ledger)).toEqual([]);
  await process.kill();
  await cutRoom(await onlySegment(dataDir));
  return { dataDir, ledger };
}

async function cutRoom(segment: string): Promise<void> {
  await truncate(segment, (await readFile(segment)).lastIndexOf("\n") + 1);
}

async function onlySegment(dataDir: string): Promise<string> {
  const journal = join(dataDir, "journal");
  const [name] = (await readdir(journal)).filter((entry) => entry.endsWith(".log"));
  return join(journal, defined(name));
}

function linesOf(bytes: Buffer): Buffer[] {
  return bytes
    .toString("latin1")
    .split(/(?<=\n)/)
    .map((line) => Buffer.from(line, "latin1"));
}

/** Flips a bit in a line, counted from 1. `bytes`: the line as it is then. */
async function damageLine(
  dataDir: string,
  number: number,
): Promise<{ segment: string; position: number; bytes: Buffer }> {
  const segment = await onlySegment(dataDir);
  const whole = await readFile(segment);
  const lines = linesOf(whole);
  const position = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length, 0);
  const damaged = flipped(whole, position + 60);
  await writeFile(segment, damaged);
  return {
    segment,
    position,
    bytes: damaged.subarray(position, position + defined(lines[number - 1]).length),
  };
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

function sequence(length: number): number[] {
  return Array.from({ length }, (_, n) => n + 1);
}
