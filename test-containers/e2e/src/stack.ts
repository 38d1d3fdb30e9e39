import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { run } from "./command.js";
import { checkLive } from "./checks/live.js";
import { ROOT } from "./fleet/repository.js";
import type { Follower } from "./live/follower.js";
import { followByServerSentEvents } from "./live/sse-follower.js";
import { followByWebSocket } from "./live/ws-follower.js";
import { ServiceClient } from "./service-client.js";
import { Steps } from "./steps.js";
import { until } from "./until.js";

// Brings up docker-compose.yml as anybody would, on ports that are free, and takes it down again.
const project = `stack-${process.pid}-${Math.floor(Date.now() / 1_000)}`;
const FILE = join(ROOT, "docker-compose.yml");
const SESSION = "stack-check";

/** Known beforehand, since the service is told which pages may write to it. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return String(port);
}
const DASHBOARD_PORT = await freePort();

function compose(...args: string[]): Promise<string> {
  const env = { ...process.env, SERVICE_PORT: "0", DASHBOARD_PORT, CLAUDE_NETWORK: project };
  return run("docker", ["compose", "--project-name", project, "--file", FILE, ...args], { cwd: ROOT, env });
}

const published = async (name: string, port: number): Promise<string> => {
  const address = (await compose("port", name, String(port))).trim();
  assert.match(address, /^127\.0\.0\.1:\d+$/, `${name} is reached from this machine only`);
  return `http://${address}`;
};
const page = (): Promise<string> => published("dashboard", 3_000);

async function checkPage(): Promise<void> {
  const answer = await fetch(await page());
  const html = await answer.text();
  assert.equal(answer.status, 200);
  assert.match(html, /<div id="root">/);
  assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'; script-src 'self'/);
  const script = /src="\.?\/?(assets\/[^"]+\.js)"/.exec(html)?.[1];
  const asset = await fetch(`${await page()}/${script ?? "no script"}`);
  assert.equal(asset.status, 200);
  assert.match(asset.headers.get("cache-control") ?? "", /immutable/);
  assert.equal((await fetch(`${await page()}/no-such-page`)).status, 404);
  assert.deepEqual(await (await fetch(`${await page()}/config.json`)).json(), {});
}

/** By way of the page's own origin, as the page does. */
async function record(path: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json", origin: await page() };
  const answer = await fetch((await page()) + path, { method: "POST", headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.text()}`);
}

async function checkLiveReaders(followers: readonly Follower[]): Promise<void> {
  await record("/api/sessions", { sessionId: SESSION, userId: "stack", initial: {} });
  await record(`/api/actions/${SESSION}`, { type: "note", text: "by way of the page" });
  const stored = await new ServiceClient(page).events(SESSION);
  assert.equal(stored.length, 2);
  for (const follower of followers) await checkLive(follower, stored);
}

/** A new container has another address, and the same volume. */
async function checkReplaced(): Promise<void> {
  await compose("up", "-d", "--wait", "--force-recreate", "--no-deps", "service");
  await until("the page to find the service again", async () => {
    const answer = await fetch(`${await page()}/api/sessions/${SESSION}/verify`);
    return answer.ok ? ((await answer.json()) as { complete: boolean }).complete || undefined : undefined;
  });
}

const takeDown = (): Promise<string> => compose("down", "--volumes", "--timeout", "10");
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void takeDown().finally(() => process.exit(1)));

const steps = new Steps(4);
const followers: Follower[] = [];
console.log(`The service and its dashboard, project ${project}`);
try {
  await steps.step("both come up, healthy", () => compose("up", "-d", "--wait").then(() => undefined));
  await steps.step("the page, with its policy and its assets", checkPage);
  followers.push(await followByWebSocket(page, await page()), await followByServerSentEvents(page));
  await steps.step("API, WebSocket and SSE through the page's origin", () => checkLiveReaders(followers));
  await steps.step("the service in another container, with its sessions", checkReplaced);
} catch (error) {
  console.error(error);
  console.error(await compose("logs", "--no-color", "--tail", "60").catch(String));
  process.exitCode = 1;
} finally {
  for (const follower of followers) follower.close();
  await takeDown();
}
