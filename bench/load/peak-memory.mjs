import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 20;
const MIB = 1024 * 1024;

/**
 * What a server's resident memory grows to while `work` is done.
 * @param {import("../server.mjs").Server} server
 * @param {() => Promise<void>} work
 * @returns {Promise<{ before: number, peak: number }>} in MiB
 */
export async function peakMemory(server, work) {
  const before = await server.residentBytes();
  let peak = before;
  let isDone = false;
  const done = work().finally(() => (isDone = true));
  while (!isDone) {
    await sleep(STEP_MS);
    peak = Math.max(peak, await server.residentBytes());
  }
  await done;
  return { before: before / MIB, peak: peak / MIB };
}
