import { defineConfig } from "vitest/config";

/** Drives Debian's Chromium, which scripts/test.sh installs. */
export default defineConfig({
  test: {
    name: "browser",
    include: ["test-browser/test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // One browser at a time: two would take the processors from each other.
    fileParallelism: false,
  },
});
