import { configDefaults, defineConfig } from "vitest/config";

const MEASURED = "session-storage-service/faults/stuck-readers.test.ts";

/** Nothing here waits for so long where all is well: a slow machine under load may. */
const PATIENCE = { testTimeout: 300_000, hookTimeout: 180_000, expect: { poll: { timeout: 60_000 } } };

/**
 * Faults are made to processes and file systems each test has for itself, and most of the time is spent waiting for
 * them: so more files than cores run side by side. What is measured runs when they are done. Needs root.
 */
export default defineConfig({
  test: {
    globalSetup: ["session-storage-service/faults/support/requirements.ts"],
    projects: [
      {
        test: {
          name: "faults",
          include: ["session-storage-service/faults/**/*.test.ts"],
          exclude: [...configDefaults.exclude, MEASURED],
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
          ...PATIENCE,
        },
      },
      {
        test: {
          name: "measured",
          include: [MEASURED],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          ...PATIENCE,
        },
      },
    ],
  },
});
