import { defineConfig } from "vitest/config";

/** Runs real command-line agents, which `npm ci --prefix test-agents` installs. */
export default defineConfig({
  test: {
    name: "agents",
    include: ["test-agents/test/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
  },
});
