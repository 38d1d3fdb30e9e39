import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { run } from "../program.mjs";

const SCRIPT = fileURLToPath(new URL("requests.lua", import.meta.url));
const WARM_UP_SECONDS = 1;
/** Of a load that is stopped before. */
const LONGEST_SECONDS = 600;
/** A slow answer is a slow answer; by default wrk counts one that takes two seconds as failed. */
const PATIENCE = ["--timeout", "30s"];

const folder = mkdtempSync(join(tmpdir(), "bench-load-"));
process.once("exit", () => rmSync(folder, { recursive: true }));
const BODY = join(folder, "body");
const PATHS = join(folder, "paths");

/**
 * @typedef {object} Load
 * @property {string[]} paths posted to in turn
 * @property {string} body
 * @property {string} contentType
 * @property {number} connections
 * @property {number} [pipelined] requests that each connection has in flight, one unless it says more
 * @property {number} seconds
 */

/** @typedef {{ requests: number, seconds: number, medianUs: number, p99Us: number, failed: number }} Outcome */

/**
 * Posts as fast as the server answers, first for a second that does not count. A figure that holds
 * a single failed request is no figure.
 * @param {import("../server.mjs").Server} server
 * @param {Load} load
 * @returns {Promise<{ rate: number, outcome: Outcome, detail: Record<string, number> }>} rate in requests a second
 */
export async function post(server, load) {
  await writeFile(BODY, load.body);
  await writeFile(PATHS, `${load.paths.join("\n")}\n`);
  await wrk(server.url, load, WARM_UP_SECONDS);
  const cpuBefore = await server.cpuSeconds();
  const outcome = await wrk(server.url, load, load.seconds);
  const cpu = (await server.cpuSeconds()) - cpuBefore;
  const unfinishedCpuSeconds = await server.settle();
  const cpuUsPerRequest = (cpu / outcome.requests) * 1e6;
  const detail = { ...outcome, cpuUsPerRequest, unfinishedCpuSeconds };
  return { rate: outcome.requests / outcome.seconds, outcome, detail };
}

/**
 * Posts as fast as the server answers until it is told to stop.
 * @param {import("../server.mjs").Server} server
 * @param {Omit<Load, "seconds">} load
 */
export async function startPosting(server, load) {
  await writeFile(BODY, load.body);
  await writeFile(PATHS, `${load.paths.join("\n")}\n`);
  const child = spawn("wrk", wrkArguments(server.url, load, LONGEST_SECONDS), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = text(child.stdout);
  return {
    stop: async () => {
      child.kill("SIGINT");
      return outcomeOf(await output);
    },
  };
}

/**
 * @param {string} url
 * @param {Load} load
 * @param {number} seconds
 * @returns {Promise<Outcome>}
 */
async function wrk(url, load, seconds) {
  return outcomeOf(await run("wrk", wrkArguments(url, load, seconds)));
}

/**
 * @param {string} url
 * @param {Omit<Load, "seconds">} load
 * @param {number} seconds
 */
function wrkArguments(url, { connections, contentType, pipelined = 1 }, seconds) {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, ...PATIENCE, "-s", SCRIPT, url, "--"];
  return [...args, contentType, BODY, PATHS, randomUUID().slice(0, 24), String(pipelined)];
}

/** @param {string} output */
function outcomeOf(output) {
  /** @type {Outcome} */
  const outcome = JSON.parse(/** @type {string} */ (output.trim().split("\n").at(-1)));
  if (outcome.failed > 0)
    throw new Error(`${outcome.failed} of ${outcome.requests} requests failed:\n${output}`);
  return outcome;
}
