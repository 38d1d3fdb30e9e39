import type { JsonObject } from "session-protocol";

/** US dollars for a million tokens of each kind. */
export interface UsdPerMillion {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface Price {
  /** The model's name, without what tells its revisions apart. */
  readonly model: string;
  readonly usdPerMillion: UsdPerMillion;
}

/** Cost in US dollars of `usage` as a response carries it, or undefined where no price is known. */
export type CostOf = (model: string, usage: JsonObject) => number | undefined;

export const NO_PRICES: CostOf = () => undefined;

/** Models whose price is remembered, found or not. */
const MAX_REMEMBERED = 1_000;
const MAX_NAME_CHARS = 256;

/** Whoever offers the model, and where: `cloud/`, `eu.vendor.`. */
const PROVIDER = /^(?:.*\/)?(?:[a-z-]+\.)*/;
/**
 * A day, a number of at least three digits, `latest` or a preview, then a cloud's own `v1:0` or a mode in brackets.
 * Anything else behind a name makes it another model, of another price.
 */
const REVISION =
  /(?:[-@](?:\d{3,}(?:-\d\d){0,2}|latest|default|(?:preview|exp)(?:-\d\d){0,2}))*(?:-v\d+(?::\d+)?)?(?:\[\w+\])?$/;

function plainName(model: string): string {
  return model.toLowerCase().replace(PROVIDER, "").replace(REVISION, "").replaceAll(".", "-");
}

export function costTable(prices: readonly Price[]): CostOf {
  const byName = new Map(prices.map(({ model, usdPerMillion }) => [plainName(model), usdPerMillion]));
  const remembered = new Map<string, UsdPerMillion | undefined>();
  const priceOf = (model: string): UsdPerMillion | undefined => {
    if (model.length > MAX_NAME_CHARS) return undefined;
    if (remembered.has(model)) return remembered.get(model);
    const price = byName.get(plainName(model));
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
