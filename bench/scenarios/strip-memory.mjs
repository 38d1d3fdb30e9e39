import { cp, rm } from "node:fs/promises";
import { peakMemory } from "../load/peak-memory.mjs";
import { expiringSession } from "../runs.mjs";

const MIB = 2 ** 20;
const FEW = 10 * MIB;
const MANY = 1_024 * MIB;
const OF_FEW = "logs of 10 MiB";
const OF_MANY = "logs of 1 GiB";
const SESSION = "bench";

/**
 * Each pass is made by a process that has done nothing before, on a copy of the store.
 * @type {import("../scenario.mjs").Scenario}
 */
export const stripMemory = {
  name: "strip-memory",
  work: "peak of resident memory while every other run of a session leaves its logs",
  unit: "MiB",
  targets: [{ contestant: OF_MANY, against: OF_FEW, atMost: 2 }],
  maxRounds: 2,
  async prepare(bench) {
    let copies = 0;
    /** @param {number} bytes */
    const strip = async (bytes) => {
      const store = await bench.store(`expiring-${bytes / MIB}-mib`, () => [expiringSession(SESSION, bytes)]);
      const folder = bench.path(`copy-${(copies += 1)}`);
      await cp(store, folder, { recursive: true, verbatimSymlinks: true });
      const service = await bench.serviceOn(folder);
      await service.settle();
      const startedMs = performance.now();
      let freed = 0;
      const { before, peak } = await peakMemory(service, async () => {
        freed = await cleanUp(service);
      });
      const seconds = (performance.now() - startedMs) / 1_000;
      await service.stop();
      await rm(folder, { recursive: true });
      return { value: peak, detail: { before, seconds, freed } };
    };
    return { [OF_FEW]: () => strip(FEW), [OF_MANY]: () => strip(MANY) };
  },
};

/** @param {import("../server.mjs").Server} service */
async function cleanUp(service) {
  const response = await fetch(`${service.url}/api/admin/cleanup`, { method: "POST" });
  const { runsDeleted, bytesFreed } = /** @type {Record<string, number>} */ (await response.json());
  if (!((runsDeleted ?? 0) > 0)) throw new Error("no run was stripped");
  return bytesFreed ?? 0;
}
