import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BadConfig, parseConfig } from "../src/config.js";
import { createMetrics } from "../src/http/metrics.js";
import type { StorageHealth } from "../src/recorder.js";

interface Setting {
  readonly name: string;
  readonly defaultValue: string;
  readonly unit: string;
  /** Empty where there is no limit. */
  readonly from: string;
  readonly to: string;
}

const operations = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");

describe("the table of settings in docs/operations.md", () => {
  const settings = tableUnder("Settings").map(settingOf);

  it("names every setting there is, in the order of the code", () => {
    expect(settings.map(({ name }) => name)).toEqual(Object.keys(parseConfig({})));
  });

  it("gives every default", () => {
    const written = Object.fromEntries(settings.map(({ name, defaultValue }) => [name, defaultValue]));
    expect(parseConfig(written)).toEqual(parseConfig({}));
  });

  it.each(settings.filter(({ from }) => from !== ""))("gives the limits of $name", ({ name, from, to }) => {
    expect(parseConfig({ [name]: from })).toHaveProperty(name, Number(from));
    expect(() => parseConfig({ [name]: String(Number(from) - 1) })).toThrow(BadConfig);
    if (to === "") {
      expect(parseConfig({ [name]: String(Number.MAX_SAFE_INTEGER) })).toHaveProperty(name);
    } else {
      expect(parseConfig({ [name]: to })).toHaveProperty(name, Number(to));
      expect(() => parseConfig({ [name]: String(Number(to) + 1) })).toThrow(BadConfig);
    }
  });

  it("limits exactly the numbers", () => {
    const numbers = Object.entries(parseConfig({})).filter(([, value]) => typeof value === "number");
    expect(settings.filter(({ from }) => from !== "").map(({ name }) => name)).toEqual(
      numbers.map(([name]) => name),
    );
  });

  it.each([
    ["_BYTES", "bytes"],
    ["_CHARS", "characters"],
    ["_SECONDS", "seconds"],
    ["_EVENTS", "events"],
    ["_HOSTS", "host names"],
    ["_ORIGINS", "origins"],
  ])("gives settings that end in %s in %s", (ending, unit) => {
    const units = settings.filter(({ name }) => name.endsWith(ending)).map((setting) => setting.unit);
    expect(new Set(units)).toEqual(new Set([unit]));
  });
});

describe("the tables in docs/operations.md", () => {
  it("have as many cells in every row as in their heads: what is beyond is shown to nobody", () => {
    const tables = operations.match(/(?:^\|.*\n)+/gm) ?? [];
    expect(tables.length).toBeGreaterThan(3);
    const uneven = tables.flatMap((table) => {
      const [head = "", ...rows] = table.trimEnd().split("\n");
      return rows.filter((row) => row.split("|").length !== head.split("|").length);
    });
    expect(uneven).toEqual([]);
  });
});

describe("the table of exit codes in docs/operations.md", () => {
  it("gives those of main.ts", () => {
    const source = readFileSync(new URL("../src/main.ts", import.meta.url), "utf8");
    const [, codes = ""] = /const EXIT = \{([^}]*)\}/.exec(source) ?? [];
    const used = [...codes.matchAll(/: (\d+)/g)].map(([, code]) => code);
    expect(tableUnder("Exit codes").map(([code]) => code)).toEqual(["0", ...used]);
  });
});

describe("the table of metrics in docs/operations.md", () => {
  it("names every metric there is", () => {
    const metrics = createMetrics();
    metrics.watch({
      health: () => ({}) as StorageHealth,
      connections: { websocket: () => ({ totalConnections: 0, users: 0, sessions: 0 }), sse: () => 0 },
    });
    const own = metrics.registry
      .getMetricsAsArray()
      .map(({ name }) => name)
      .filter((name) => name.startsWith("recorder_"));
    const written = tableUnder("Metrics and what to do about them").map(([name]) => name);
    expect(written.toSorted()).toEqual(own.toSorted());
  });
});

describe("links in the documents", () => {
  const root = new URL("../../", import.meta.url);
  const documents = [
    "README.md",
    ...readdirSync(new URL("docs", root), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ];

  it.each(documents)("of %s lead somewhere", (document) => {
    const links = [
      ...readFileSync(new URL(document, root), "utf8").matchAll(/\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g),
    ];
    const broken = links.filter(([, file = "", heading = ""]) => {
      const own = new URL(document, root);
      const url = file === "" ? own : new URL(file, own);
      return !existsSync(url) || (heading !== "" && !anchorsOf(url).includes(heading));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

/** As GitHub makes them of headings. */
function anchorsOf(document: URL): string[] {
  const headings = readFileSync(document, "utf8").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(
    ([, title = ""]) =>
      `#${title
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replaceAll(" ", "-")}`,
  );
}

/** Cells of the first table under a heading, without its head. */
function tableUnder(heading: string): string[][] {
  const [, section = ""] = operations.split(`\n## ${heading}\n`);
  const lines = section.slice(section.indexOf("\n|") + 1).split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll("`", "").trim()),
  );
}

function settingOf([name = "", defaultValue = "", unit = "", limits = ""]: string[]): Setting {
  const [from = "", to = ""] = limits.split(",").map((limit) => limit.trim());
  return { name, defaultValue, unit, from, to };
}
