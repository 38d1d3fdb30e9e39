import { defineConfig } from "vitest/config";

const packages = ["session-protocol", "session-storage-service", "container-hook-agent"];

export default defineConfig({
  test: {
    projects: packages.map((name) => ({
      test: { name, root: name, include: ["test/**/*.test.ts"], testTimeout: 20_000 },
    })),
  },
});
