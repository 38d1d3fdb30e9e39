import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const MEASURED = "session-storage-service/faults/stuck-readers.test.ts";

/** Nothing here waits for so long where all is well: a slow machine under load may. */
const PATIENCE = { testTimeout: 300_000, hookTimeout: 180_000, expect: { poll: { timeout: 60_000 } } };

/** Each takes as long as all others together that are not named here: begun last, one would go on alone. */
const LONGEST = ["kill", "power-loss", "retention"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONGEST.some((name) => moduleId.endsWith(`/${name}.test.ts`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/**
 * Faults are made to processes and file systems each test has for itself, and much of the time is spent waiting for
 * them: so more files than cores run side by side. What is measured runs when they are done. Needs root.
 */
export default defineConfig({
  test: {
    globalSetup: [
      "session-storage-service/faults/support/requirements.ts",
      "session-storage-service/faults/support/in-few-files.ts",
    ],
    sequence: { sequencer: LongestFirst },
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
