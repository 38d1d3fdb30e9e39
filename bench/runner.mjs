import { Workbench } from "./workbench.mjs";

/**
 * Takes every contestant's sample in every round, in turned order from one round to the next, so that
 * what else the machine does falls on all of them.
 * @param {import("./scenario.mjs").Scenario} scenario
 * @param {{ rounds: number, workFolder: string, liveSeconds: number, log: (line: string) => void }} options
 * @returns {Promise<import("./results.mjs").Result>}
 */
export async function measure(scenario, { rounds, workFolder, liveSeconds, log }) {
  const bench = await Workbench.open(workFolder, liveSeconds);
  try {
    const contestants = await scenario.prepare(bench);
    /** @type {import("./results.mjs").Result["samples"]} */
    const samples = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
    for (let round = 0; round < Math.min(rounds, scenario.maxRounds ?? rounds); round += 1) {
      for (const [name, takeSample] of inOrder(contestants, round)) {
        const sample = await takeSample();
        samples[name]?.push(sample);
        log(`  ${scenario.name}, round ${round + 1}: ${name} ${sample.value.toFixed(1)} ${scenario.unit}`);
      }
    }
    return { scenario, samples };
  } finally {
    await bench.close();
  }
}

/**
 * @param {import("./scenario.mjs").Contestants} contestants
 * @param {number} round
 */
function inOrder(contestants, round) {
  const entries = Object.entries(contestants);
  return round % 2 === 0 ? entries : entries.reverse();
}
