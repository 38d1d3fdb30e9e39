import { basename } from "node:path";
import { defineConfig } from "vitest/config";

const packages = [
  "session-protocol",
  "session-storage-service",
  "container-hook-agent",
  "dashboard",
  "test-containers/email_solver",
  "test-containers/model-api",
];

const SETUP: Record<string, string[]> = { "container-hook-agent": ["test/support/build.ts"] };

/** Nothing here waits for so long where all is well: a slow machine under load may. */
const PATIENCE = { testTimeout: 60_000, hookTimeout: 120_000, expect: { poll: { timeout: 30_000 } } };

export default defineConfig({
  test: {
    maxWorkers: "100%",
    projects: packages.map((name) => ({
      // One after the other in a process, files share what they import: loading it anew took half of the time.
      test: {
        name: basename(name),
        root: name,
        include: ["test/**/*.test.ts"],
        isolate: false,
        globalSetup: SETUP[name] ?? [],
        ...PATIENCE,
      },
    })),
  },
});
