import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine, headingOf } from "./machine.mjs";
import { rowsOf } from "./results.mjs";
import { measure } from "./runner.mjs";
import { markdownTable, plainTable } from "./table.mjs";

const DEFAULT_ROUNDS = "5";
/** Of what is about a long time: ten minutes. */
const LIVE_SECONDS = "600";
const INTERRUPTED = 130;
const RESULTS = fileURLToPath(new URL("../.bench/", import.meta.url));

/**
 * Measures the scenarios that the command line asks for, prints the table and keeps the samples as JSON.
 * The exit code is 1 if a scenario could not be measured; a missed target is a result, not an error.
 * @param {import("./scenario.mjs").Scenario[]} scenarios
 * @param {string} label begins the name of the JSON file
 */
export async function runBench(scenarios, label) {
  const { only, rounds, markdown, liveSeconds } = readArguments();
  const chosen = scenarios.filter((scenario) => only.length === 0 || only.includes(scenario.name));
  if (chosen.length === 0 || chosen.length < only.length) {
    throw new Error(`--only takes: ${scenarios.map((scenario) => scenario.name).join(", ")}`);
  }
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(INTERRUPTED));
  await mkdir(RESULTS, { recursive: true });
  const machine = describeMachine(RESULTS);
  const date = new Date().toISOString();
  const results = [];
  for (const scenario of chosen) {
    results.push(await measureOrExplain(scenario, rounds, liveSeconds));
  }

  const file = join(RESULTS, `${label}${date.replaceAll(":", "-")}.json`);
  await writeFile(file, `${JSON.stringify({ date, machine, results }, null, 2)}\n`);
  const rows = results.filter((result) => !result.error).flatMap(rowsOf);
  if (rows.length > 0) console.log(report(rows, machine, date, markdown));
  console.error(`\nEvery sample: ${file}`);
  for (const { scenario, error } of results) if (error) console.error(`${scenario.name}: ${error}`);
  if (results.some((result) => result.error)) process.exitCode = 1;
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [] },
      rounds: { type: "string", default: DEFAULT_ROUNDS },
      markdown: { type: "boolean", default: false },
      "live-seconds": { type: "string", default: LIVE_SECONDS },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number from 1");
  const liveSeconds = Number(values["live-seconds"]);
  if (!(liveSeconds >= 1)) throw new Error("--live-seconds takes a number from 1");
  return { only: values.only, rounds, markdown: values.markdown, liveSeconds };
}

/**
 * @param {import("./scenario.mjs").Scenario} scenario
 * @param {number} rounds
 * @param {number} liveSeconds
 * @returns {Promise<import("./results.mjs").Result>}
 */
async function measureOrExplain(scenario, rounds, liveSeconds) {
  console.error(`${scenario.name}: ${scenario.work}`);
  try {
    return await measure(scenario, { rounds, workFolder: RESULTS, liveSeconds, log: console.error });
  } catch (error) {
    console.error(error);
    return { scenario, samples: {}, error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * @param {import("./results.mjs").Row[]} rows
 * @param {ReturnType<typeof describeMachine>} machine
 * @param {string} date
 * @param {boolean} markdown
 */
function report(rows, machine, date, markdown) {
  return `${headingOf(machine, date)}\n\n${markdown ? markdownTable(rows) : plainTable(rows)}`;
}
