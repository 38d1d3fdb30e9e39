/**
 * One measurement. `detail` is written to the JSON file, not to the table.
 * @typedef {{ value: number, detail?: Record<string, number> }} Sample
 */

/**
 * What is measured side by side, by name. Each call takes one sample; the runner interleaves them.
 * @typedef {Record<string, () => Promise<Sample>>} Contestants
 */

/**
 * A figure to reach: the contestant's median, divided by the median of `against` where that is given.
 * @typedef {{ contestant: string, against?: string } & ({ atLeast: number } | { atMost: number })} Target
 */

/**
 * @typedef {object} Scenario
 * @property {string} name what `--only` takes
 * @property {string} work the row's title
 * @property {string} unit of every sample
 * @property {Target[]} targets
 * @property {number} [maxRounds] where a round is too dear for the usual number
 * @property {(bench: import("./workbench.mjs").Workbench) => Promise<Contestants>} prepare
 */

/** The name of the contestant that is ours, the same in every scenario. */
export const SERVICE = "this service";
