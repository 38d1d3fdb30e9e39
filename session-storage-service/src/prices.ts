import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { BadConfig } from "./config.js";
import { costTable, type CostOf } from "./domain/prices.js";

const PACKAGED = fileURLToPath(new URL("../prices.json", import.meta.url));

const Usd = z.number().min(0).max(1_000_000);

const Prices = z.object({
  prices: z.array(
    z.strictObject({
      model: z.string().min(1),
      usdPerMillion: z.strictObject({ input: Usd, output: Usd, cacheRead: Usd, cacheWrite: Usd }),
      source: z.url(),
      date: z.iso.date(),
    }),
  ),
});

/** The price table in `file`, or the packaged one where that is empty. @throws BadConfig */
export function loadPrices(file: string): CostOf {
  const path = file === "" ? PACKAGED : file;
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(path, "utf8"));
  } catch (error) {
    throw new BadConfig([`PRICES_FILE ${path} cannot be read: ${(error as Error).message}`]);
  }
  const parsed = Prices.safeParse(content);
  if (parsed.success) return costTable(parsed.data.prices);
  throw new BadConfig(
    parsed.error.issues.map(
      ({ path: place, message }) => `PRICES_FILE ${path} ${place.join(".")} ${message}`,
    ),
  );
}
