#!/usr/bin/env node
import { readdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readScripts } from "./scenario.js";
import { createModelApi } from "./server.js";

const { HOST, PORT, SCENARIOS, ANTHROPIC_API_KEY, ANTHROPIC_UPSTREAM_URL } = process.env;

/** A file, or a folder of them. */
const given = SCENARIOS ? SCENARIOS : fileURLToPath(new URL("../scenarios", import.meta.url));
const files = given.endsWith(".json")
  ? [given]
  : readdirSync(given)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => join(given, name));
const upstreamUrl = ANTHROPIC_UPSTREAM_URL ? ANTHROPIC_UPSTREAM_URL : "https://api.anthropic.com";

const server = createModelApi({
  script: readScripts(files),
  upstream: ANTHROPIC_API_KEY ? { url: upstreamUrl, apiKey: ANTHROPIC_API_KEY } : undefined,
  warn: (message) => console.error(`model-api: ${message}`),
});

server.listen(Number(PORT ? PORT : 0), HOST ? HOST : "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ port, upstream: ANTHROPIC_API_KEY ? upstreamUrl : null }));
});
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
