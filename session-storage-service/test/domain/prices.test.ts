import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { BadConfig } from "../../src/config.js";
import { costTable } from "../../src/domain/prices.js";
import { loadPrices } from "../../src/prices.js";
import { tempFolder } from "../support/temp-folder.js";

const usd = (input: number, output: number, cacheRead = 0, cacheWrite = 0) => ({
  input,
  output,
  cacheRead,
  cacheWrite,
});

describe("a price table", () => {
  const costOf = costTable([
    { model: "big", usdPerMillion: usd(3, 15, 0.3, 3.75) },
    { model: "big-2", usdPerMillion: usd(1, 1) },
  ]);

  it.each([
    [
      "each kind of token",
      "big",
      { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 10_000, cacheWriteTokens: 200 },
      0.00825,
    ],
    ["what is a name's beginning", "big-1-20260101", { inputTokens: 1_000_000 }, 3],
    ["the longest beginning", "big-2-large", { inputTokens: 1_000_000 }, 1],
    ["a name behind its provider's", "cloud/region/big", { outputTokens: 1 }, 0.000015],
    ["less than is kept as nothing", "big", { cacheReadTokens: 0.01 }, 0],
    ["no tokens as nothing", "big", {}, 0],
    ["no model it does not know", "small", { inputTokens: 1 }, undefined],
    ["no beginning of a name it knows", "bi", { inputTokens: 1 }, undefined],
  ])("prices %s", (_, model, usage, cost) => {
    expect(costOf(model, usage)).toBe(cost);
    expect(costOf(model, usage)).toBe(cost);
  });

  it("leaves no binary dust", () => {
    expect(
      costTable([{ model: "m", usdPerMillion: usd(0.1, 0.2) }])("m", { inputTokens: 1, outputTokens: 1 }),
    ).toBe(3e-7);
  });
});

describe("the packaged prices", () => {
  const packaged = JSON.parse(fs.readFileSync(new URL("../../prices.json", import.meta.url), "utf8")) as {
    prices: { model: string }[];
  };

  it("can be used, and name each model once", () => {
    const models = packaged.prices.map(({ model }) => model);
    expect(new Set(models).size).toBe(models.length);
    const costOf = loadPrices("");
    for (const model of models) expect(costOf(model, { inputTokens: 1_000 })).toBeGreaterThan(0);
  });
});

describe("a file of prices", () => {
  const price = {
    model: "m",
    usdPerMillion: usd(1, 2),
    source: "https://example.org/prices",
    date: "2026-01-01",
  };

  it("takes the place of the packaged ones", () => {
    const file = path.join(tempFolder(), "prices.json");
    fs.writeFileSync(file, JSON.stringify({ prices: [price] }));
    expect(loadPrices(file)("m", { inputTokens: 1_000_000 })).toBe(1);
    expect(loadPrices(file)("claude-sonnet-4", { inputTokens: 1 })).toBeUndefined();
  });

  it.each([
    ["is missing", undefined, /prices\.json cannot be read/],
    ["is no JSON", "{", /cannot be read/],
    [
      "does not say where a price is from",
      JSON.stringify({ prices: [{ ...price, source: undefined }] }),
      /prices\.0\.source/,
    ],
    [
      "has a price below nothing",
      JSON.stringify({ prices: [{ ...price, usdPerMillion: usd(-1, 0) }] }),
      /prices\.0\.usdPerMillion\.input/,
    ],
  ])("that %s ends the start with a word about it", (_, content, message) => {
    const file = path.join(tempFolder(), "prices.json");
    if (content !== undefined) fs.writeFileSync(file, content);
    expect(() => loadPrices(file)).toThrow(BadConfig);
    expect(() => loadPrices(file)).toThrow(message);
  });
});
