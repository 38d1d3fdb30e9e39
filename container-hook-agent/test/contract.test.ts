import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, it, onTestFinished } from "vitest";
import { startAdapter, type Adapter } from "./contract/adapter-process.js";
import { startFaultProxy } from "./contract/fault-proxy.js";
import { play } from "./contract/player.js";
import type { Scenario } from "./contract/scenario.js";
import { buildPackage } from "./support/child.js";
import { temporaryFolder } from "./support/folders.js";
import { startService, type ServiceProcess } from "./support/service-process.js";

const FOLDER = fileURLToPath(new URL("../contract/", import.meta.url));
const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(FOLDER, name), "utf8"));

const adapters = (await read("adapters.json")) as Adapter[];
const scenarios = (await read("scenarios.json")) as Scenario[];

beforeAll(buildPackage, 120_000);

// Each has a service of its own: a run's id belongs to one session only.
describe.each(adapters)("the hook agent of $language", (adapter) => {
  let dataDir: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "hook-agent-contract-"));
    service = await startService(dataDir);
    return async () => {
      await service.end("SIGTERM");
      await rm(dataDir, { recursive: true });
    };
  }, 120_000);

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
        restartService: async () => {
          await service.end("SIGKILL");
          service = await startService(dataDir, service.port);
        },
      });
    },
    60_000,
  );
});
