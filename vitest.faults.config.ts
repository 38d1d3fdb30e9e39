import { defineConfig } from "vitest/config";

/** Faults are made to real processes and file systems, so one file runs at a time. Needs root. */
export default defineConfig({
  test: {
    name: "faults",
    include: ["session-storage-service/faults/**/*.test.ts"],
    globalSetup: ["session-storage-service/faults/support/requirements.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
