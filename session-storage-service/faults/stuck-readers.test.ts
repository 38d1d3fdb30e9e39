import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { defined } from "./support/defined.js";
import { temporaryFolder } from "./support/folders.js";
import { Reader } from "./support/reader.js";
import { startService, type RunningService } from "./support/service.js";
import { waitFor } from "./support/waiting.js";

const READERS = 950;
const STUCK = 50;
const ROUNDS = 40;
/** 20 MB: several times what the kernel buffers for a connection, so that the rest is the service's to keep or not. */
const BULK = { batches: 25, events: 100, bytes: 8_192 };
const MAX_GROWTH_BYTES = 150 * 1024 * 1024;

it(`serves ${READERS} readers as before while ${STUCK} others never read`, async () => {
  const [alone, beside] = [await startLive(), await startLive()];
  const stuck = await openReaders(beside.url, STUCK, "?after=0", "offset");
  stuck.forEach((reader) => reader.stopReading());
  const before = await residentBytes(beside.process.pid);
  await writeBulk(beside.client);
  const [aloneMs, besideMs] = await deliveriesMs(alone, beside);
  const growth = (await residentBytes(beside.process.pid)) - before;
  console.log(
    `delivery to ${READERS}: median ${aloneMs.toFixed(1)} ms alone, ${besideMs.toFixed(1)} ms beside ` +
      `${STUCK} stuck; memory grew by ${(growth / 1024 / 1024).toFixed(0)} MiB`,
  );
  expect(besideMs).toBeLessThan(aloneMs * 2 + 20);
  expect(growth).toBeLessThan(MAX_GROWTH_BYTES);

  const woken = stuck.slice(0, 3);
  woken.forEach((reader) => reader.readAgain());
  const total = 2 + ROUNDS + BULK.batches * BULK.events;
  for (const reader of woken) {
    await waitFor(
      () => `a woken reader, at ${reader.received} of ${total}`,
      () => reader.received === total || undefined,
    );
  }
  const readers = [...alone.readers, ...beside.readers];
  expect([...readers, ...woken].flatMap(({ fault }) => fault ?? [])).toEqual([]);
  expect([...readers, ...stuck].every(({ isOpen }) => isOpen)).toBe(true);
}, 300_000);

interface Live extends RunningService {
  readers: readonly Reader[];
}

/** A service whose session `live` has its readers. */
async function startLive(): Promise<Live> {
  const service = await startService({ dataDir: await temporaryFolder() });
  await service.client.createSession("live");
  await service.client.createSession("bulk");
  return { ...service, readers: await openReaders(service.url, READERS, "?session=live&after=0", "seq") };
}

async function openReaders(
  url: string,
  count: number,
  query: string,
  key: "seq" | "offset",
): Promise<Reader[]> {
  const readers: Reader[] = [];
  // In steps: a listening socket's backlog is shorter than the crowd.
  while (readers.length < count) {
    const step = Math.min(50, count - readers.length);
    readers.push(...(await Promise.all(Array.from({ length: step }, () => Reader.open(url, query, key)))));
  }
  return readers;
}

/**
 * From sending one event to the last reader's having it: the median over some rounds, for each service. In turns, so
 * that whatever else the machine does falls to both.
 */
async function deliveriesMs(...services: readonly [Live, Live]): Promise<[number, number]> {
  for (const { readers } of services) await received(readers, 1);
  const times = services.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, { client, readers }] of services.entries()) {
      const from = performance.now();
      await client.post("/api/actions/live", { type: "tool_call", round });
      await received(readers, round + 2);
      defined(times[index]).push(performance.now() - from);
    }
  }
  return times.map(median) as [number, number];
}

function received(readers: readonly Reader[], count: number): Promise<true> {
  return waitFor("every reader", () => readers.every((reader) => reader.received >= count) || undefined);
}

function median(values: number[]): number {
  return defined(values.toSorted((a, b) => a - b)[values.length >> 1]);
}

async function writeBulk(client: Client): Promise<void> {
  const event = { type: "action", data: { type: "tool_call", output: "x".repeat(BULK.bytes) } };
  const events = Array.from({ length: BULK.events }, () => event);
  for (let n = 0; n < BULK.batches; n += 1) {
    const { status } = await client.post("/api/sessions/bulk/batch", { events });
    expect(status).toBe(200);
  }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
