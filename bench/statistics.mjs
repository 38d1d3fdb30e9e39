/**
 * @param {readonly number[]} values
 * @param {number} fraction from 0 to 1
 */
export function quantile(values, fraction) {
  if (values.length === 0) throw new Error("no samples");
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * fraction;
  const below = /** @type {number} */ (sorted[Math.floor(position)]);
  const above = /** @type {number} */ (sorted[Math.ceil(position)]);
  return below + (above - below) * (position - Math.floor(position));
}

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/** @param {readonly number[]} values */
export function spread(values) {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}
