import { parseArgs } from "node:util";
import { describeMachine } from "../machine.mjs";
import { languages } from "./languages.mjs";
import { measure } from "./measure.mjs";
import { openStates } from "./states.mjs";

const RECORDS = 20_000;
const MEMORY_RECORDS = 1_000_000;
const EXIT_RECORDS = 1_000;
const MIB = 1024 * 1024;
const P50_BOUND = 10;
const P99_BOUND = 50;
const STATES_BOUND = 1.5;

const { values: options } = parseArgs({ options: { "skip-memory": { type: "boolean", default: false } } });

/** @typedef {{ p50: number, p99: number, max: number }} Percentiles in microseconds */

/** @param {number} figure @param {number} bound */
const verdict = (figure, bound) =>
  `${figure.toFixed(1)} × (at most ${bound} ×, ${figure <= bound ? "reached" : "missed"})`;

/** @param {string} what @param {Percentiles} figures @param {Percentiles} [bare] */
function costRow(what, { p50, p99, max }, bare) {
  const held = bare ? [verdict(p50 / bare.p50, P50_BOUND), verdict(p99 / bare.p99, P99_BOUND)] : ["", ""];
  return `| ${[what, p50.toFixed(2), p99.toFixed(2), max.toFixed(0), ...held].join(" | ")} |`;
}

/** @param {import("./measure.mjs").Language} language @param {import("./states.mjs").State[]} states */
async function measureCost(language, states) {
  const rows = [];
  const records = [];
  for (const { name, url } of states) {
    const { result } = await measure(language, url, { task: "cost", count: RECORDS });
    const { append, stringify, record } = result;
    records.push(record);
    if (rows.length === 0) rows.push(costRow(`${language.name}: append to an array`, append));
    rows.push(costRow(`${language.name}: bare encoding, service ${name}`, stringify));
    rows.push(costRow(`${language.name}: record, service ${name}`, record, stringify));
  }
  const medians = records.map(({ p50 }) => p50);
  const apart = verdict(Math.max(...medians) / Math.min(...medians), STATES_BOUND);
  return [...rows, `| ${language.name}: slowest state against fastest | | | | ${apart} | |`];
}

/** @param {import("./measure.mjs").Language} language @param {import("./states.mjs").State[]} states */
async function measureExit(language, states) {
  const figures = [];
  for (const { name, url } of states) {
    const { endedMs } = await measure(language, url, { task: "exit", count: EXIT_RECORDS });
    const bare = await measure(language, url, { task: "exit", count: 0 });
    figures.push(
      `| ${language.name}, service ${name} | ${endedMs.toFixed(0)} | ${bare.endedMs.toFixed(0)} |`,
    );
  }
  return figures;
}

/** @param {import("./measure.mjs").Language} language @param {import("./states.mjs").State[]} states */
async function measureMemory(language, states) {
  const away = states.find(({ name }) => name === "down");
  const { result } = await measure(language, away?.url ?? "", { task: "memory", count: MEMORY_RECORDS });
  const { grownBytes, mostBytes, pending, spooled, dropped } = result;
  const bytes = [mostBytes, grownBytes].map((each) => (each / MIB).toFixed(0));
  return `| ${[language.name, ...bytes, pending, spooled, dropped].join(" | ")} |`;
}

const { processors, memoryGiB, node, commit, loadBefore } = describeMachine(import.meta.dirname);
console.log(
  `commit ${commit}: ${processors}, ${memoryGiB} GiB, Node ${node}. Load before: ${loadBefore.toFixed(2)}.\n`,
);
const states = await openStates();
try {
  console.log("| caller's thread, µs | p50 | p99 | max | p50 against bare | p99 against bare |");
  console.log("| --- | ---: | ---: | ---: | --- | --- |");
  for (const language of languages) console.log((await measureCost(language, states)).join("\n"));
  console.log(`\n| end of the program to end of the process, ms | ${EXIT_RECORDS} records queued | none |`);
  console.log("| --- | ---: | ---: |");
  for (const language of languages) console.log((await measureExit(language, states)).join("\n"));
  if (!options["skip-memory"]) {
    console.log(
      `\n| ${MEMORY_RECORDS} records, service down | most MiB | MiB at the end | in memory | on disk | dropped |`,
    );
    console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (const language of languages) console.log(await measureMemory(language, states));
  }
} finally {
  for (const state of states) await state.close();
}
