/** Around `npm pack`: puts session-protocol where npm takes bundled packages from, which in a workspace it is not. */
import { cpSync, readFileSync, rmSync } from "node:fs";

const source = new URL("../session-protocol/", import.meta.url);
const bundled = new URL("node_modules/session-protocol/", import.meta.url);

rmSync(bundled, { recursive: true, force: true });
if (!process.argv.includes("--undo")) {
  const { files } = JSON.parse(readFileSync(new URL("package.json", source), "utf8"));
  // Fixtures are for tests.
  for (const name of ["package.json", ...files.filter((name) => name !== "fixtures")]) {
    cpSync(new URL(name, source), new URL(name, bundled), { recursive: true });
  }
}
