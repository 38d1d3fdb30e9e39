import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../../test-containers/model-api/dist/main.js", import.meta.url));
const SCENARIOS = fileURLToPath(new URL("../../scenarios/", import.meta.url));

export interface ModelApi {
  readonly url: string;
  close(): void;
}

/** The scripted model API in a process of its own; the script is that of an agent. */
export async function startModelApi(script: string): Promise<ModelApi> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, SCENARIOS: `${SCENARIOS}${script}.json` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const { port } = JSON.parse(line.toString()) as { port: number };
  return { url: `http://127.0.0.1:${port}`, close: () => void child.kill() };
}
