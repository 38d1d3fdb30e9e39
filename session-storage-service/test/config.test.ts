import { describe, expect, it } from "vitest";
import { BadConfig, parseConfig } from "../src/config.js";

describe("configuration", () => {
  it("has a default for everything", () => {
    const config = parseConfig({});
    expect(config).toMatchObject({
      PORT: 9_000,
      HOST: "127.0.0.1",
      DATA_DIR: "./data",
      LOG_LEVEL: "info",
      SEGMENT_BYTES: 64 * 1_024 * 1_024,
      BODY_LIMIT_BYTES: 10 * 1_024 * 1_024,
      EVENT_LIMIT_BYTES: 1_024 * 1_024,
      BATCH_LIMIT_EVENTS: 1_000,
      NESTING_LIMIT: 64,
      CORS_ORIGINS: ["http://localhost:3000", "http://127.0.0.1:3000"],
      ALLOWED_HOSTS: [],
    });
    expect(Object.values(config)).not.toContain(undefined);
  });

  it.each([
    ["PORT", "0", 0],
    ["PORT", "65535", 65_535],
    ["PORT", "", 9_000],
    ["HOST", "::1", "::1"],
    ["SEGMENT_BYTES", "4096", 4_096],
    ["LOG_LEVEL", "silent", "silent"],
    ["ALLOWED_HOSTS", "a.example, b.example:80,,", ["a.example", "b.example:80"]],
    ["CORS_ORIGINS", "", ["http://localhost:3000", "http://127.0.0.1:3000"]],
  ])("takes %s=%j", (name, text, value) => {
    expect(parseConfig({ [name]: text })).toMatchObject({ [name]: value });
  });

  it.each([
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "1e3"],
    ["PORT", " 80"],
    ["PORT", "0x10"],
    ["SEGMENT_BYTES", "4095"],
    ["SEGMENT_BYTES", "64MiB"],
    ["BATCH_LIMIT_EVENTS", "0"],
    ["BATCH_LIMIT_EVENTS", "1001"],
    ["LOG_LEVEL", "loud"],
  ])("refuses %s=%j and names it", (name, text) => {
    expect(() => parseConfig({ [name]: text })).toThrow(new RegExp(`^bad configuration: ${name} `));
  });

  it("names everything that does not fit at once", () => {
    const attempt = () => parseConfig({ PORT: "x", LOG_LEVEL: "x", HOST: "127.0.0.1" });
    expect(attempt).toThrow(BadConfig);
    expect(attempt).toThrow(/PORT .*; LOG_LEVEL /);
  });

  it("passes over variables that are not its own", () => {
    expect(parseConfig({ PATH: "/bin", HOME: undefined })).toEqual(parseConfig({}));
  });
});
