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
    { model: "big-2.5", usdPerMillion: usd(1, 1) },
  ]);

  it.each([
    [
      "each kind of token",
      "big",
      { inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 10_000, cacheWriteTokens: 200 },
      0.00825,
    ],
    ["a name behind its provider's", "cloud/region/big", { outputTokens: 1 }, 0.000015],
    ["no later version as the one it knows", "big-2", { inputTokens: 1 }, undefined],
    ["no variant as the model it is made of", "big-2-5-large", { inputTokens: 1 }, undefined],
    ["no name that is too long to be one", `big-${"1".repeat(300)}`, { inputTokens: 1 }, undefined],
    ["less than is kept as nothing", "big", { cacheReadTokens: 0.01 }, 0],
    ["no tokens as nothing", "big", {}, 0],
    ["no model it does not know", "small", { inputTokens: 1 }, undefined],
    ["no beginning of a name it knows", "bi", { inputTokens: 1 }, undefined],
  ])("prices %s", (_, model, usage, cost) => {
    expect(costOf(model, usage)).toBe(cost);
    expect(costOf(model, usage)).toBe(cost);
  });

  it.each([
    "big-2.5",
    "big-2-5",
    "Big-2-5-20250929",
    "big-2-5@20250929",
    "big-2.5-2025-09-29",
    "big-2.5-001",
    "big-2-5-latest",
    "big-2.5-preview-09-2025",
    "big-2-5-20250929[1m]",
    "eu.maker.big-2-5-20250929-v1:0",
    "arn:cloud/eu.maker.big-2-5-v1:0",
  ])("knows %s as a revision of one model", (model) => {
    expect(costOf(model, { inputTokens: 1_000_000 })).toBe(1);
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

  it.each([
    ["claude-sonnet-4-5-20250929", 3],
    ["claude-sonnet-4-20250514", 3],
    ["claude-opus-4-1-20250805", 15],
    ["claude-opus-4-6", 5],
    ["gpt-5-2025-08-07", 1.25],
    ["gpt-5.2", 1.75],
    ["claude-opus-4-99", undefined],
    ["o3-deep-research", undefined],
  ])("put a million tokens for %s at %s dollars", (model, cost) => {
    expect(loadPrices("")(model, { inputTokens: 1_000_000 })).toBe(cost);
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
