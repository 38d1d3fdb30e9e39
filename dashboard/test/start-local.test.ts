import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../container-hook-agent/test/support/folders.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PATIENCE = { timeout: 60_000 };

/** The script in a checkout where nothing is left to install or build. */
function builtCheckout(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "scripts"));
  cpSync(join(ROOT, "scripts/start-local.sh"), join(folder, "scripts/start-local.sh"));
  writeFileSync(join(folder, "scripts/setup.sh"), "");
  for (const name of ["session-storage-service", "dashboard"])
    symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

it("lets the page on another port than 3000 read what the service has", async () => {
  const folder = builtCheckout();
  const [port, pagePort] = [await freePort(), await freePort()];
  const started = spawn("bash", [join(folder, "scripts/start-local.sh")], {
    env: { PATH: process.env.PATH, PORT: String(port), DASHBOARD_PORT: String(pagePort) },
    stdio: "ignore",
  });
  const ended = once(started, "exit");
  onTestFinished(async () => {
    started.kill("SIGTERM");
    await ended;
  });
  const page = `http://127.0.0.1:${pagePort}`;
  const allowed = async (): Promise<string | null> => {
    const { service } = (await (await fetch(`${page}/config.json`)).json()) as { service: string };
    const answer = await fetch(new URL("health", service), { headers: { origin: page } });
    return answer.headers.get("access-control-allow-origin");
  };
  await expect.poll(() => allowed().catch(() => undefined), PATIENCE).toBe(page);
}, 120_000);
