// What a tool call of Claude Code costs with and without its hooks: node test-agents/cost.mjs, after `npm run build`
// and `npm ci --prefix test-agents`. The time is taken at the scripted model API, from its second request to its
// last, so that neither start nor end of the processes count.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROUNDS = Number(process.argv[2] ?? 3);
const CALLS = 20;
const claude = createRequire(import.meta.url).resolve(
  `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}/claude`,
);
const path = (name) => new URL(name, import.meta.url).pathname;
const hookAgent = [
  process.execPath,
  path("../container-hook-agent/bin/hook-agent.mjs"),
  "run",
  "--wait",
  "0",
  "--",
];
const folder = mkdtempSync(join(tmpdir(), "cost-"));

async function start(script, env, portOf) {
  const child = spawn(process.execPath, [path(script)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const chunk of child.stdout) {
    const port = portOf(chunk.toString());
    if (port !== undefined) return { child, url: `http://127.0.0.1:${port}` };
  }
  throw new Error(`${script} did not start`);
}

const portIn = (text) => /"port":(\d+)/.exec(text)?.[1];

/** Accepts connections and never answers. */
async function startHanging() {
  const server = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return `http://127.0.0.1:${server.address().port}`;
}

async function perCallMs(prefix, serviceUrl, round) {
  const scenarios = { SCENARIOS: path("scenarios/claude-code.json"), ANTHROPIC_API_KEY: "" };
  const model = await start("../test-containers/model-api/dist/main.js", scenarios, portIn);
  const home = mkdtempSync(join(folder, "run-"));
  mkdirSync(join(home, "workspace"));
  writeFileSync(join(home, "workspace", "README.md"), "# Read me\n");
  const [command, ...args] = [
    ...prefix,
    claude,
    "-p",
    `play:many dir:${home}/workspace`,
    "--allowedTools",
    "Read",
  ];
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    CLAUDE_CONFIG_DIR: home,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "no-key-at-all",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    SESSION_SERVICE_URL: serviceUrl,
    SESSION_ID: `cost-${round}`,
  };
  const child = spawn(command, args, { cwd: join(home, "workspace"), env, stdio: "ignore" });
  await once(child, "exit");
  const requests = await (await fetch(`${model.url}/requests`)).json();
  model.child.kill();
  if (requests.length !== CALLS + 1) throw new Error(`${requests.length} requests instead of ${CALLS + 1}`);
  return (requests.at(-1).atMs - requests[1].atMs) / (CALLS - 1);
}

const service = await start(
  "../session-storage-service/dist/main.js",
  { PORT: "0", DATA_DIR: join(folder, "data") },
  portIn,
);
const states = {
  "no hooks": [[], ""],
  "service up": [hookAgent, service.url],
  "service hanging": [hookAgent, await startHanging()],
};
const times = Object.fromEntries(Object.keys(states).map((state) => [state, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [state, [prefix, url]] of Object.entries(states))
    times[state].push(await perCallMs(prefix, url, round));
}
service.child.kill();
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const bare = median(times["no hooks"]);
for (const [state, values] of Object.entries(times)) {
  const ms = median(values);
  console.log(
    `${state.padEnd(16)} ${ms.toFixed(1)} ms per tool call, ${(ms - bare).toFixed(1)} ms above no hooks`,
  );
}
