import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** What a folder of the service may not import. Paths are as they stand in the import. */
function forbid(folder, ...patterns) {
  return {
    files: [`session-storage-service/src/${folder}/**/*.ts`],
    rules: {
      "no-restricted-imports": ["error", { patterns: patterns.map((group) => ({ group: [group] })) }],
    },
  };
}

export default tseslint.config(
  // Programs in `graphs/` have types where they are installed.
  {
    ignores: [
      "test-agents/graphs/*.ts",
      "**/dist/",
      "**/node_modules/",
      "**/coverage/",
      ".bench/",
      ".test-output/",
      "data/",
    ],
  },
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: false, skipComments: false }],
      "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    files: ["**/test/**/*.ts", "**/faults/**/*.ts"],
    rules: { "max-lines-per-function": "off" },
  },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    languageOptions: {
      globals: {
        AbortController: "readonly",
        process: "readonly",
        console: "readonly",
        Buffer: "readonly",
        URL: "readonly",
        fetch: "readonly",
        performance: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
        setImmediate: "readonly",
      },
    },
  },
  forbid(
    "domain",
    "node:*",
    "express",
    "ws",
    "pino",
    "**/http/*",
    "**/ws/*",
    "**/journal/*",
    "**/projection/*",
    "**/feed/*",
  ),
  forbid("journal", "express", "ws", "**/http/*", "**/ws/*", "**/projection/*", "**/feed/*"),
  forbid("projection", "express", "ws", "**/http/*", "**/ws/*", "**/feed/*"),
  forbid("feed", "node:*", "express", "ws", "**/http/*", "**/ws/*", "**/journal/*", "**/projection/*"),
  forbid("http", "**/journal/*", "**/projection/*", "**/ws/*"),
  forbid("ws", "express", "**/journal/*", "**/projection/*"),
  {
    files: ["session-storage-service/src/journal/**/*.ts"],
    ignores: ["**/file-system.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["node:fs", "node:fs/*"], message: "only file-system.ts touches the disk" },
            ...["express", "ws", "**/http/*", "**/ws/*", "**/projection/*", "**/feed/*"].map((group) => ({
              group: [group],
            })),
          ],
        },
      ],
    },
  },
);
