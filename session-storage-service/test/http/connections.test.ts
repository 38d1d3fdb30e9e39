import { Agent, get, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { startTestService } from "../support/service.js";

it("was closed after five idle seconds, and broke off what a client on a busy machine had just sent by it", async () => {
  const service = await startTestService();
  onTestFinished(() => service.stop());
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const [answer] = (await once(get(`${service.url}/health`, { agent }), "response")) as [IncomingMessage];
  answer.resume();
  expect(answer.headers["keep-alive"]).toBe("timeout=75");
});
