import { once } from "node:events";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { onTestFinished } from "vitest";
import type { Upstream } from "../../src/relay.js";
import { parseScript } from "../../src/scenario.js";
import { createModelApi } from "../../src/server.js";

export interface RunningModel {
  readonly url: string;
  readonly warnings: readonly string[];
  /** What OpenAI's own client asks. */
  readonly openai: OpenAI;
  /** A request to the Messages API. */
  readonly messages: (body: object, headers?: Record<string, string>) => Promise<Response>;
  readonly steps: () => Promise<(string | undefined)[]>;
}

export async function startModel(script: unknown, upstream?: Upstream): Promise<RunningModel> {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const server = createModelApi({ script: parseScript(script), upstream, warn });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    warnings,
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: "any", maxRetries: 0 }),
    messages: (body, headers = { "x-api-key": "any" }) =>
      fetch(`${url}/v1/messages`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ model: "m", max_tokens: 100, ...body }),
      }),
    steps: async () => {
      const seen = (await (await fetch(`${url}/requests`)).json()) as { step?: string }[];
      return seen.map(({ step }) => step);
    },
  };
}

export const user = (content: unknown): object => ({ role: "user", content });
export const assistant = (content: unknown): object => ({ role: "assistant", content });
