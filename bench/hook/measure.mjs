import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { workFolder } from "./work-folder.mjs";

/** @typedef {typeof import("./languages.mjs").languages[number]} Language */

/**
 * Runs a language's program in a session and with a spool of its own.
 * @param {Language} language
 * @param {string} url of the service
 * @param {{ task: "cost" | "memory" | "exit", count: number }} task
 * @returns {Promise<{ result: any, endedMs: number }>} what it printed, and how long after that it ended
 */
export async function measure({ name, command, args }, url, task) {
  const spool = await workFolder();
  const child = spawn(command, [...args, JSON.stringify(task)], {
    env: {
      ...process.env,
      SESSION_SERVICE_URL: url,
      SESSION_ID: `bench-${randomUUID()}`,
      SESSION_USER_ID: "bench",
      SESSION_SPOOL_DIR: spool,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  /** @type {unknown} */
  let result;
  let printedMs = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    result = JSON.parse(line);
    printedMs = performance.now();
  });
  /** @type {number | null} */
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  const endedMs = performance.now() - printedMs;
  await rm(spool, { recursive: true, force: true });
  if (code !== 0 || result === undefined) throw new Error(`${name}: ${task.task} ended with ${code}`);
  return { result, endedMs };
}
