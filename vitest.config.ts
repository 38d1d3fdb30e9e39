import { basename } from "node:path";
import { defineConfig } from "vitest/config";

const packages = [
  "session-protocol",
  "session-storage-service",
  "container-hook-agent",
  "dashboard",
  "test-containers/model-api",
];

export default defineConfig({
  test: {
    projects: packages.map((name) => ({
      test: { name: basename(name), root: name, include: ["test/**/*.test.ts"], testTimeout: 20_000 },
    })),
  },
});
