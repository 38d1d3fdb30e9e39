import { expect, it } from "vitest";
import { isLoopback } from "../src/loopback.js";

it.each(["127.0.0.1", "127.0.0.2", "127.255.255.254", "::1", "localhost"])("%s is loopback", (host) => {
  expect(isLoopback(host)).toBe(true);
});

it.each(["0.0.0.0", "::", "128.0.0.1", "10.127.0.1", "127.example.org", "127.0.0.1.example.org"])(
  "%s is not: it is warned of",
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
