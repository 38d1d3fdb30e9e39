import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_TIMEOUT_MS = 10_000;

/** A NATS server on a free port of loopback, which syncs every message before it acknowledges it. */
const folder = /** @type {string} */ (process.argv[2]);
await mkdir(folder, { recursive: true });
const config = join(folder, "nats.conf");
await writeFile(config, `jetstream { store_dir: "${folder}", sync_interval: always }\n`);

const args = ["-c", config, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", folder];
const server = spawn(process.env.NATS_SERVER ?? "nats-server", args, { stdio: ["ignore", "ignore", "pipe"] });
let log = "";
server.stderr.on("data", (chunk) => (log += chunk));
server.once("error", (error) => fail(error.message));
server.once("exit", (code) => fail(`nats-server ended with ${code}`));
process.once("exit", () => server.kill());
process.once("SIGTERM", () => {
  server
    .off("exit", fail)
    .removeAllListeners("exit")
    .once("exit", () => process.exit(0));
  server.kill();
});
const port = await listeningPort();
process.stdout.write(`${JSON.stringify({ msg: "listening", port })}\n`);

/** @param {string} reason */
function fail(reason) {
  process.stderr.write(`${reason}\n${log}`);
  process.exit(1);
}

async function listeningPort() {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const name = (await readdir(folder)).find((file) => file.endsWith(".ports"));
    const address =
      name && /** @type {{ nats: string[] }} */ (JSON.parse(await readFile(join(folder, name), "utf8")));
    const first = address && address.nats[0];
    if (first) return Number(new URL(first).port);
    await sleep(20);
  }
  return fail("nats-server did not say where it listens");
}
