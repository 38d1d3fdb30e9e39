import { NDJSON_TYPE } from "../events.mjs";
import { run } from "../program.mjs";
import { median } from "../statistics.mjs";

const READS = 7;
const FORMAT = "%{http_code} %{size_download} %{time_total}\\n";

/**
 * Reads an address to its end several times with curl, the cheapest reader there is.
 * @param {string} url
 * @returns {Promise<{ milliseconds: number, bytes: number }>} of the median read
 */
export async function download(url) {
  const reads = [];
  for (let turn = 0; turn < READS; turn += 1) reads.push(await readOnce(url, "/dev/null"));
  const bytes = Math.min(...reads.map((read) => read.bytes));
  return { milliseconds: median(reads.map((read) => read.milliseconds)), bytes };
}

/**
 * @param {string} url
 * @param {string} file
 * @param {string} type of what is asked for
 * @param {string[]} options for curl
 */
export async function readOnce(url, file, type = NDJSON_TYPE, options = []) {
  const headers = ["-H", `Accept: ${type}`];
  const output = await run("curl", ["-sS", "-o", file, "-w", FORMAT, ...options, ...headers, url]);
  const [status, bytes, seconds] = output.trim().split(" ").map(Number);
  if (status !== 200 || bytes === undefined || seconds === undefined)
    throw new Error(`${url} answered ${output}`);
  return { bytes, milliseconds: seconds * 1_000 };
}
