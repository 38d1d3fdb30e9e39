const HEADINGS = ["work", "contestant", "min", "median", "max", "unit", "figure", "target", ""];
const RIGHT_ALIGNED = new Set([2, 3, 4, 6]);

/**
 * For a terminal.
 * @param {import("./results.mjs").Row[]} rows
 */
export function plainTable(rows) {
  const cells = rows.map(cellsOf);
  const widths = HEADINGS.map((_, at) =>
    Math.max(...[HEADINGS, ...cells].map((row) => row[at]?.length ?? 0)),
  );
  const line = (/** @type {string[]} */ row) =>
    row
      .map((cell, at) => pad(cell, widths[at] ?? 0, RIGHT_ALIGNED.has(at)))
      .join("  ")
      .trimEnd();
  return [HEADINGS, ...cells].map(line).join("\n");
}

/**
 * @param {string} cell
 * @param {number} width
 * @param {boolean} toTheRight
 */
function pad(cell, width, toTheRight) {
  return toTheRight ? cell.padStart(width) : cell.padEnd(width);
}

/** @param {import("./results.mjs").Row[]} rows */
export function markdownTable(rows) {
  const rule = HEADINGS.map((_, at) => (RIGHT_ALIGNED.has(at) ? "---:" : "---"));
  return [HEADINGS, rule, ...rows.map(cellsOf)].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** @param {import("./results.mjs").Row} row */
function cellsOf({ work, contestant, spread, unit, verdict }) {
  const figures = [spread.min, spread.median, spread.max].map(readable);
  return [work, contestant, ...figures, unit, ...(verdict ? verdictCells(verdict) : ["", "", ""])];
}

/** @param {import("./results.mjs").Verdict} verdict */
function verdictCells({ figure, relation, bound, ratio, reached }) {
  const times = ratio ? " ×" : "";
  const shown = ratio ? figure.toFixed(2) : readable(figure);
  return [`${shown}${times}`, `${relation} ${bound}${times}`, reached ? "reached" : "missed"];
}

/**
 * Three digits that matter, with separators.
 * @param {number} value
 */
function readable(value) {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}
