import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { languages, playAll } from "./contract/suite.js";

it.each(languages)("the contract is played in a file of its own for %s, beside the others", (language) => {
  expect(existsSync(new URL(`contract-${language}.test.ts`, import.meta.url))).toBe(true);
});

playAll("node");
