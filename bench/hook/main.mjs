import { parseArgs } from "node:util";
import { describeMachine, headingOf } from "../machine.mjs";
import { median } from "../statistics.mjs";
import { languages } from "./languages.mjs";
import { measure } from "./measure.mjs";
import { openStates } from "./states.mjs";

const RECORDS = 20_000;
const MEMORY_RECORDS = 1_000_000;
const EXIT_RECORDS = 1_000;
const EXIT_ROUNDS = 5;
const MIB = 1024 * 1024;
const P50_BOUND = 10;
const P99_BOUND = 50;
const STATES_BOUND = 1.5;
const EXIT_BOUND_MS = 100;

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

/**
 * By turns, so that both meet the same machine.
 * @param {import("./measure.mjs").Language} language @param {import("./states.mjs").State[]} states
 */
async function measureExit(language, states) {
  const figures = [];
  for (const { name, url } of states) {
    const queued = [];
    const none = [];
    for (let round = 0; round < EXIT_ROUNDS; round += 1) {
      queued.push((await measure(language, url, { task: "exit", count: EXIT_RECORDS })).endedMs);
      none.push((await measure(language, url, { task: "exit", count: 0 })).endedMs);
    }
    const addedMs = median(queued) - median(none);
    const held = addedMs <= EXIT_BOUND_MS ? "reached" : "missed";
    const added = `${addedMs.toFixed(0)} (at most ${EXIT_BOUND_MS}, ${held})`;
    const shown = [median(queued), Math.max(...queued), median(none)].map((ms) => ms.toFixed(0));
    figures.push(`| ${[`${language.name}, service ${name}`, ...shown, added].join(" | ")} |`);
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

/** @param {string[]} headings @param {string[]} rules */
const head = (headings, rules) => `| ${headings.join(" | ")} |\n| ${rules.join(" | ")} |`;

const startedMs = performance.now();
console.log(`${headingOf(describeMachine(import.meta.dirname), new Date().toISOString())}\n`);
const states = await openStates();
try {
  const costs = ["caller's thread, µs", "p50", "p99", "max", "p50 against bare", "p99 against bare"];
  console.log(head(costs, ["---", "---:", "---:", "---:", "---", "---"]));
  for (const language of languages) console.log((await measureCost(language, states)).join("\n"));

  const queued = [`${EXIT_RECORDS} records queued`, `slowest of ${EXIT_ROUNDS}`, "none queued", "added"];
  const ends = ["end of the program to end of the process, ms", ...queued];
  console.log(`\n${head(ends, ["---", "---:", "---:", "---:", "---"])}`);
  for (const language of languages) console.log((await measureExit(language, states)).join("\n"));

  if (!options["skip-memory"]) {
    const places = ["most MiB", "MiB at the end", "in memory", "on disk", "dropped"];
    const memory = [`${MEMORY_RECORDS} records, service down`, ...places];
    console.log(`\n${head(memory, ["---", ...places.map(() => "---:")])}`);
    for (const language of languages) console.log(await measureMemory(language, states));
  }
} finally {
  for (const state of states) await state.close();
}
console.error(`bench:hook took ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
