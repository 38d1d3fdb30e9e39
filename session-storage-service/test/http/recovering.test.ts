import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, it } from "vitest";
import { parseConfig } from "../../src/config.js";
import { recoveringAnswers } from "../../src/http/recovering.js";
import { createGate } from "../../src/http/security.js";
import { send } from "../support/raw-http.js";

const server = createServer(recoveringAnswers(createGate(parseConfig({})))).listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
afterAll(() => void server.close());

it.each(["/health/live", "/health/live?probe=1", "/health/live/"])(
  "said during recovery that the process is dead, at %s",
  async (path) => {
    const { status, headers, body } = await send(url, { path });
    expect([status, body]).toEqual([200, '{"status":"ok"}']);
    expect(headers["cache-control"]).toBe("no-store");
  },
);

it.each(["/health/lively", "/health/ready", "/api/sessions"])("refuses %s until it is done", async (path) => {
  const { status, headers, body } = await send(url, { path });
  expect([status, JSON.parse(body)]).toMatchObject([503, { code: "storage_unavailable" }]);
  expect(headers["retry-after"]).toBeDefined();
});

it("answered during recovery to any host's name, and kept pages of ours from reading why", async () => {
  expect((await send(url, { path: "/health/live", headers: { Host: "evil.example" } })).status).toBe(403);
  const { headers } = await send(url, { path: "/health", headers: { Origin: "http://localhost:3000" } });
  expect(headers["access-control-allow-origin"]).toBe("http://localhost:3000");
});
