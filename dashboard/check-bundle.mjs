// What a first look at the overview loads must stay small: fails the build where it does not.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST_BYTES = 150 * 1_000;
const FIRST_LOOK = ["index.html", "src/overview/charts.tsx"];

const folder = new URL("dist/page/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", folder), "utf8"));

/** @type {Set<string>} */
const chunks = new Set();
/** @param {string} name */
function add(name) {
  if (chunks.has(name)) return;
  chunks.add(name);
  for (const imported of manifest[name].imports ?? []) add(imported);
}
FIRST_LOOK.forEach(add);

const bytes = [...chunks]
  .map((name) => gzipSync(readFileSync(new URL(manifest[name].file, folder))).length)
  .reduce((sum, length) => sum + length, 0);
if (bytes > MOST_BYTES) {
  console.error(
    `dashboard: the first look loads ${bytes} bytes of JavaScript, gzipped; ${MOST_BYTES} are allowed`,
  );
  process.exitCode = 1;
}
