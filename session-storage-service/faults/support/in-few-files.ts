import { cpSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = fileURLToPath(new URL("../../../.test-output/service-in-few-files", import.meta.url));

/**
 * The built service and what it imports, put together in a few files. It is started some 400 times, and loading it from
 * as many files as it comes in was half of what a start costs, and most of what these tests do.
 */
export default async function putTogether(): Promise<void> {
  await build({
    root: PACKAGE,
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true, external: ["libsql"] },
    build: {
      ssr: true,
      target: "node20",
      outDir: `${FOLDER}/dist`,
      emptyOutDir: true,
      rolldownOptions: {
        input: {
          main: `${PACKAGE}/dist/main.js`,
          "index-worker": `${PACKAGE}/dist/projection/index-worker.js`,
        },
        output: { entryFileNames: "[name].js" },
      },
    },
  });
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ["package.json", "prices.json"]) cpSync(`${PACKAGE}/${name}`, `${FOLDER}/${name}`);
  cpSync(`${PACKAGE}/../session-protocol/redaction`, `${FOLDER}/redaction`, { recursive: true });
}
