import { describe, expect, it } from "vitest";
import { parseRetryAfterMs, retryDelayMs, type Reply } from "../src/retry-delay.js";

const full = (): number => 1;

describe("retryDelayMs", () => {
  it.each([
    [0, 250],
    [1, 500],
    [4, 4_000],
    [7, 30_000],
    [1_000_000, 30_000],
  ])("waits at most, before attempt %i, %i ms", (attempt, mostMs) => {
    expect(retryDelayMs(attempt, { failure: "refused" }, full)).toBe(mostMs);
  });

  it("spreads over the whole of that time", () => {
    expect(retryDelayMs(2, { failure: "refused" }, () => 0)).toBe(0);
    expect(retryDelayMs(2, { failure: "refused" }, () => 0.5)).toBe(500);
  });

  it.each([400, 401, 403, 404, 409, 412, 413, 415, 422])("never repeats what got %i", (status) => {
    expect(retryDelayMs(0, { status, body: undefined }, full)).toBeUndefined();
  });

  it.each([302, 408, 429, 500, 502, 503, 504, 507])("repeats what got %i", (status) => {
    expect(retryDelayMs(0, { status, body: undefined }, full)).toBe(250);
  });

  it("waits as long as the service asks, within reason", () => {
    const asking = (retryAfterMs: number): Reply => ({ status: 503, body: undefined, retryAfterMs });
    expect(retryDelayMs(0, asking(10_000), full)).toBe(10_000);
    expect(retryDelayMs(0, asking(100), full)).toBe(250);
    expect(retryDelayMs(0, asking(86_400_000), full)).toBe(300_000);
  });
});

describe("parseRetryAfterMs", () => {
  const nowMs = Date.parse("2026-01-01T00:00:00Z");

  it.each([
    ["7", 7_000],
    [" 0 ", 0],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Wed, 31 Dec 2025 23:00:00 GMT", 0],
    ["soon", undefined],
    [undefined, undefined],
  ])("reads %j as %j ms", (header, ms) => {
    expect(parseRetryAfterMs(header, nowMs)).toBe(ms);
  });
});
