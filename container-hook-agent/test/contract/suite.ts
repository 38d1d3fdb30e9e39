import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, it, onTestFinished } from "vitest";
import { freePort } from "../support/free-port.js";
import { temporaryFolder } from "../support/folders.js";
import { startService, type ServiceProcess } from "../support/service-process.js";
import { startAdapter, type Adapter } from "./adapter-process.js";
import { startFaultProxy } from "./fault-proxy.js";
import { play } from "./player.js";
import type { Scenario } from "./scenario.js";

const FOLDER = fileURLToPath(new URL("../../contract/", import.meta.url));
const read = (name: string): unknown => JSON.parse(readFileSync(join(FOLDER, name), "utf8"));

const adapters = read("adapters.json") as Adapter[];
const scenarios = read("scenarios.json") as Scenario[];

/** On a slow machine under load; a scenario takes a second or two. */
const SCENARIO_MS = 300_000;

export const languages = adapters.map(({ language }) => language);

/** Every scenario with the hook agent of one language, and a service of its own: a run's id belongs to one session only. */
export function playAll(language: string): void {
  const adapter = adapters.find((one) => one.language === language);
  if (adapter === undefined) throw new Error(`adapters.json has no ${language}`);
  describe(`the hook agent of ${language}`, () => playWith(adapter));
}

function playWith(adapter: Adapter): void {
  let dataDir: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "hook-agent-contract-"));
    service = await startService(dataDir, await freePort());
    return async () => {
      await service.end("SIGTERM");
      await rm(dataDir, { recursive: true });
    };
  });

  it.each(scenarios.map((scenario, number) => [scenario.name, scenario, number] as const))(
    "%s",
    async (_, scenario, number) => {
      const sessionId = `${adapter.language}-${number}`;
      const spool = temporaryFolder();
      const proxy = await startFaultProxy(() => service.url);
      onTestFinished(() => proxy.close());
      const env = {
        SESSION_SERVICE_URL: proxy.url,
        SESSION_ID: sessionId,
        SESSION_USER_ID: "contract",
        SESSION_SPOOL_DIR: spool,
      };
      await play(scenario, {
        proxy,
        sessionId,
        serviceUrl: () => service.url,
        start: () => startAdapter(adapter, FOLDER, env),
        restartService: async (settings) => {
          await service.end("SIGKILL");
          service = await startService(dataDir, service.port, settings);
        },
      });
    },
    SCENARIO_MS,
  );
}
