import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./program.mjs";
import { allSearchable } from "./recorder.mjs";
import { Server } from "./server.mjs";
import { writeSessions } from "./session-files.mjs";

const MAIN = fileURLToPath(new URL("../session-storage-service/dist/main.js", import.meta.url));
/** What a store depends on: another version of it makes another store. */
const SOURCES = [
  "runs.mjs",
  "session-files.mjs",
  "../session-storage-service/dist/projection/index-schema.js",
  "../session-storage-service/dist/projection/index-runs.js",
  "../session-storage-service/dist/projection/index-usage.js",
];
/** Some questions are about the last days. */
const MAX_AGE_MS = 20 * 86_400_000;
const SETTLE_TIMEOUT_MS = 3_600_000;
/** Stores are kept, so nothing in them may expire. */
export const KEEPS_RUNS = { RUN_TTL_DAYS: "0" };

/**
 * A data folder filled with these sessions, in which the service has nothing left to do. It is kept from one run of
 * the bench to the next, as filling takes minutes.
 * @param {string} parent
 * @param {string} name
 * @param {() => Iterable<import("./session-files.mjs").SessionPlan>} plans
 */
export async function filledStore(parent, name, plans) {
  const folder = join(parent, "stores", name);
  if (isUsable(folder)) return folder;
  const filling = `${folder}.new`;
  for (const old of [folder, filling]) rmSync(old, { recursive: true, force: true });
  mkdirSync(filling, { recursive: true });
  const startedMs = performance.now();
  const tell = (/** @type {string} */ what) =>
    console.error(`  store ${name}: ${what} after ${Math.round((performance.now() - startedMs) / 1_000)} s`);
  writeSessions(filling, plans());
  tell("files written");
  const environment = {
    DATA_DIR: filling,
    PORT: "0",
    NODE_ENV: "production",
    LOG_LEVEL: "warn",
    ...KEEPS_RUNS,
  };
  await run("env", [...assignments(environment), process.execPath, MAIN, "reindex"]);
  tell("indexed");
  const service = await Server.start([MAIN], { ...environment, LOG_LEVEL: "info" });
  await allSearchable(service, SETTLE_TIMEOUT_MS);
  await service.stop();
  tell("text indexed");
  writeFileSync(join(filling, "bench.json"), JSON.stringify({ version: version(), madeAt: Date.now() }));
  renameSync(filling, folder);
  return folder;
}

/** @param {Record<string, string>} environment */
function assignments(environment) {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

/** @param {string} folder */
function isUsable(folder) {
  const note = join(folder, "bench.json");
  if (!existsSync(note)) return false;
  const { version: own, madeAt } = JSON.parse(readFileSync(note, "utf8"));
  return own === version() && Date.now() - madeAt < MAX_AGE_MS;
}

function version() {
  const hash = createHash("sha256");
  for (const source of SOURCES) hash.update(readFileSync(new URL(source, import.meta.url)));
  return hash.digest("hex");
}
