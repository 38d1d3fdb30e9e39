import { spread } from "./statistics.mjs";

/**
 * @typedef {object} Row
 * @property {string} work empty but in a scenario's first row
 * @property {string} contestant
 * @property {{ min: number, median: number, max: number }} spread
 * @property {string} unit
 * @property {Verdict} [verdict]
 */

/** @typedef {{ figure: number, relation: "at least" | "at most", bound: number, ratio: boolean, reached: boolean }} Verdict */

/**
 * @typedef {object} Result of one scenario
 * @property {import("./scenario.mjs").Scenario} scenario
 * @property {Record<string, import("./scenario.mjs").Sample[]>} samples
 * @property {string} [error] why there are no figures
 */

/**
 * One row for each contestant. A verdict stands in the row of what the service is held against, or in
 * its own where the target is an absolute one.
 * @param {Result} result
 * @returns {Row[]}
 */
export function rowsOf({ scenario, samples }) {
  const spreads = new Map(
    Object.entries(samples).map(([name, taken]) => [name, spread(taken.map((sample) => sample.value))]),
  );
  /** @param {string} name */
  const medianOf = (name) => {
    const found = spreads.get(name);
    if (!found) throw new Error(`${scenario.name} has no contestant called ${name}`);
    return found.median;
  };
  return [...spreads].map(([contestant, figures], at) => {
    const target = scenario.targets.find((each) => (each.against ?? each.contestant) === contestant);
    const verdict = target && judge(target, medianOf);
    const work = at === 0 ? scenario.work : "";
    return { work, contestant, spread: figures, unit: scenario.unit, ...(verdict && { verdict }) };
  });
}

/**
 * @param {import("./scenario.mjs").Target} target
 * @param {(contestant: string) => number} medianOf
 * @returns {Verdict}
 */
function judge(target, medianOf) {
  const ratio = target.against !== undefined;
  const figure = medianOf(target.contestant) / (target.against === undefined ? 1 : medianOf(target.against));
  if ("atLeast" in target) {
    return { figure, relation: "at least", bound: target.atLeast, ratio, reached: figure >= target.atLeast };
  }
  return { figure, relation: "at most", bound: target.atMost, ratio, reached: figure <= target.atMost };
}
