#!/usr/bin/env node
import { readdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readScripts } from "./scenario.js";
import { createModelApi } from "./server.js";

/** Set but empty is as good as not set. */
const given = (name: string): string | undefined => {
  const value = process.env[name];
  return value === "" ? undefined : value;
};

/** A file, or a folder of them. */
function scriptFiles(path: string): string[] {
  if (path.endsWith(".json")) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => join(path, name));
}

const shipped = fileURLToPath(new URL("../scenarios", import.meta.url));
const apiKey = given("ANTHROPIC_API_KEY");
const upstream =
  apiKey === undefined
    ? undefined
    : { apiKey, url: given("ANTHROPIC_UPSTREAM_URL") ?? "https://api.anthropic.com" };

const server = createModelApi({
  script: readScripts(scriptFiles(given("SCENARIOS") ?? shipped)),
  upstream,
  warn: (message) => console.error(`model-api: ${message}`),
});

server.listen(Number(given("PORT") ?? 0), given("HOST") ?? "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ port, upstream: upstream?.url ?? null }));
});
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
