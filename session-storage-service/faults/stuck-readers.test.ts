import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { defined } from "./support/defined.js";
import { temporaryFolder } from "./support/folders.js";
import { Reader } from "./support/reader.js";
import { startService } from "./support/service.js";
import { waitFor } from "./support/waiting.js";

const READERS = 950;
const STUCK = 50;
const ROUNDS = 40;
/** 20 MB: several times what the kernel buffers for a connection, so that the rest is the service's to keep or not. */
const BULK = { batches: 25, events: 100, bytes: 8_192 };
const MAX_GROWTH_BYTES = 150 * 1024 * 1024;

it(`serves ${READERS} readers as before while ${STUCK} others never read`, async () => {
  const { process, client, url } = await startService({ dataDir: await temporaryFolder() });
  await client.createSession("live");
  await client.createSession("bulk");
  const readers = await openReaders(url, READERS, "?session=live&after=0", "seq");
  const alone = await deliveryMs(client, readers);

  const stuck = await openReaders(url, STUCK, "?after=0", "offset");
  stuck.forEach((reader) => reader.stopReading());
  const before = await residentBytes(process.pid);
  await writeBulk(client);
  const together = await deliveryMs(client, readers);
  const growth = (await residentBytes(process.pid)) - before;
  console.log(
    `delivery to ${READERS}: median ${alone.median.toFixed(1)} ms alone, ${together.median.toFixed(1)} ms beside ` +
      `${STUCK} stuck; longest ${alone.longest.toFixed(1)} and ${together.longest.toFixed(1)} ms; ` +
      `memory grew by ${(growth / 1024 / 1024).toFixed(0)} MiB`,
  );
  expect(together.median).toBeLessThan(alone.median * 2 + 20);
  expect(together.longest).toBeLessThan(alone.longest * 3 + 250);
  expect(growth).toBeLessThan(MAX_GROWTH_BYTES);

  const woken = stuck.slice(0, 3);
  woken.forEach((reader) => reader.readAgain());
  const total = 2 + 2 * ROUNDS + BULK.batches * BULK.events;
  for (const reader of woken) {
    await waitFor(
      () => `a woken reader, at ${reader.received} of ${total}`,
      () => reader.received === total || undefined,
      30_000,
    );
  }
  expect([...readers, ...woken].flatMap(({ fault }) => fault ?? [])).toEqual([]);
  expect([...readers, ...stuck].every(({ isOpen }) => isOpen)).toBe(true);
}, 120_000);

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

/** From sending one event to the last reader's having it, over some rounds. */
async function deliveryMs(
  client: Client,
  readers: readonly Reader[],
): Promise<{ median: number; longest: number }> {
  const { lastSeq } = await client.verify("live");
  await waitFor(
    "the readers to catch up",
    () => readers.every(({ received }) => received >= lastSeq) || undefined,
  );
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = performance.now();
    const goal = lastSeq + round + 1;
    await client.post("/api/actions/live", { type: "tool_call", round });
    await waitFor("every reader", () => readers.every(({ received }) => received >= goal) || undefined);
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  return { median: defined(times[times.length >> 1]), longest: defined(times.at(-1)) };
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
