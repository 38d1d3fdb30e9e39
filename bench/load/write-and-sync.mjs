import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { median } from "../statistics.mjs";

/** The least a durable write can cost: append, sync, again. @type {{file: string, body: string, seconds: number}} */
const { file, body, seconds } = JSON.parse(/** @type {string} */ (process.argv[2]));

const descriptor = openSync(file, "a");
const bytes = Buffer.from(body);
const endsAt = performance.now() + seconds * 1_000;
/** @type {number[]} */
const microseconds = [];
for (let now = performance.now(); now < endsAt;) {
  writeSync(descriptor, bytes);
  fdatasyncSync(descriptor);
  const after = performance.now();
  microseconds.push((after - now) * 1_000);
  now = after;
}
closeSync(descriptor);
unlinkSync(file);
console.log(JSON.stringify({ medianUs: median(microseconds), writes: microseconds.length }));
