import type { JsonObject } from "session-protocol";

/** US dollars for a million tokens of each kind. */
export interface UsdPerMillion {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface Price {
  /** What the model's name begins with; the longest that fits counts. */
  readonly model: string;
  readonly usdPerMillion: UsdPerMillion;
}

/** Cost in US dollars of `usage` as a response carries it, or undefined where no price is known. */
export type CostOf = (model: string, usage: JsonObject) => number | undefined;

export const NO_PRICES: CostOf = () => undefined;

/** Models whose price is remembered, found or not. */
const MAX_REMEMBERED = 1_000;

export function costTable(prices: readonly Price[]): CostOf {
  const longestFirst = prices.toSorted((one, other) => other.model.length - one.model.length);
  const remembered = new Map<string, UsdPerMillion | undefined>();
  const priceOf = (model: string): UsdPerMillion | undefined => {
    if (remembered.has(model)) return remembered.get(model);
    const name = model.slice(model.lastIndexOf("/") + 1);
    const price = longestFirst.find((one) => name.startsWith(one.model))?.usdPerMillion;
    if (remembered.size < MAX_REMEMBERED) remembered.set(model, price);
    return price;
  };
  return (model, usage) => {
    const price = priceOf(model);
    return price === undefined ? undefined : costOf(usage, price);
  };
}

const count = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Rounded as sums of costs are. Dollars a million times tokens are millionths of a dollar. */
function costOf(
  { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: JsonObject,
  price: UsdPerMillion,
): number {
  const micros =
    count(inputTokens) * price.input +
    count(outputTokens) * price.output +
    count(cacheReadTokens) * price.cacheRead +
    count(cacheWriteTokens) * price.cacheWrite;
  return Math.round(micros * 100) / 1e8;
}
