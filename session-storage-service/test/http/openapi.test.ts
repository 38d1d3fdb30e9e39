import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ERROR_CODES } from "session-protocol";
import type { OpenApiDocument } from "../../src/http/openapi.js";
import { parseConfig } from "../../src/config.js";
import { recoveringAnswers } from "../../src/http/recovering.js";
import { createGate } from "../../src/http/security.js";
import { send } from "../support/raw-http.js";
import { startTestService, type TestService } from "../support/service.js";

let recorder: TestService;
let source: string;
let document: OpenApiDocument;
beforeAll(async () => {
  recorder = await startTestService();
  source = (await recorder.http.get("/openapi.json").expect(200)).text;
  document = JSON.parse(source) as OpenApiDocument;
});
afterAll(() => recorder.stop());

describe("the OpenAPI document", () => {
  it("has nothing a linter minds", async () => {
    const config = await createConfig({
      extends: ["recommended-strict"],
      rules: {
        // The contract has both /sessions/user/{userId} and /sessions/{sessionId}/…; the first is tried first.
        "no-ambiguous-paths": "off",
        // Not every route has a refusal that depends on the caller.
        "operation-4xx-response": "off",
      },
    });
    const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
    expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
      [],
    );
  });

  it("has every operation the root names, and no other", async () => {
    const { endpoints } = (await recorder.http.get("/")).body as { endpoints: string[] };
    const documented = Object.entries(document.paths).flatMap(([path, methods]) => {
      return Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`);
    });
    expect(documented.sort()).toEqual(endpoints.sort());
  });

  it("has every route of the contract", () => {
    expect(Object.keys(document.paths).sort()).toEqual([
      "/",
      "/api/actions/{sessionId}",
      "/api/actions/{sessionId}/responses",
      "/api/admin/cleanup",
      "/api/agents/history",
      "/api/agents/logs",
      "/api/query/recent",
      "/api/query/search",
      "/api/query/stats",
      "/api/query/stats/agents/{agentId}",
      "/api/query/stats/users/{userId}",
      "/api/query/usage",
      "/api/runs/{runId}",
      "/api/runs/{runId}/stream",
      "/api/sessions",
      "/api/sessions/user/{userId}",
      "/api/sessions/{sessionId}",
      "/api/sessions/{sessionId}/batch",
      "/api/sessions/{sessionId}/events",
      "/api/sessions/{sessionId}/export",
      "/api/sessions/{sessionId}/finalize",
      "/api/sessions/{sessionId}/fork",
      "/api/sessions/{sessionId}/metadata",
      "/api/sessions/{sessionId}/resume",
      "/api/sessions/{sessionId}/runs",
      "/api/sessions/{sessionId}/runs/active/stream",
      "/api/sessions/{sessionId}/runs/{runId}/complete",
      "/api/sessions/{sessionId}/runs/{runId}/nodes",
      "/api/sessions/{sessionId}/stream",
      "/api/sessions/{sessionId}/timeline",
      "/api/sessions/{sessionId}/verify",
      "/api/state/{sessionId}",
      "/api/state/{sessionId}/agents",
      "/api/state/{sessionId}/agents/{agentId}/complete",
      "/api/state/{sessionId}/diff",
      "/api/state/{sessionId}/goals",
      "/api/state/{sessionId}/goals/{goalId}",
      "/api/stream",
      "/api/transcripts",
      "/api/transcripts/{projectKey}",
      "/api/transcripts/{projectKey}/{transcriptSessionId}",
      "/api/transcripts/{projectKey}/{transcriptSessionId}/subkeys",
      "/docs",
      "/health",
      "/health/live",
      "/health/ready",
      "/metrics",
      "/openapi.json",
    ]);
  });

  it("documents refusals as problem documents, and every status a write may have", () => {
    const { post } = document.paths["/api/state/{sessionId}/goals"] ?? {};
    expect(Object.keys(post?.responses ?? {})).toEqual([
      "200",
      "400",
      "403",
      "404",
      "405",
      "409",
      "413",
      "415",
      "429",
      "500",
      "503",
      "507",
    ]);
    const { patch } = document.paths["/api/state/{sessionId}"] ?? {};
    expect(Object.keys(patch?.responses ?? {})).toContain("412");
    for (const [status, response] of Object.entries(post?.responses ?? {}).filter(
      ([each]) => Number(each) >= 400,
    )) {
      expect(response.content, status).toEqual({
        "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
      });
    }
  });

  it("documents what each operation answers while the storage is being recovered", async () => {
    const server = createServer(recoveringAnswers(createGate(parseConfig({})))).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const answered = new Map<string, number>();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { responses }] of Object.entries(methods)) {
        const { status } = await send(url, { method: method.toUpperCase(), path });
        answered.set(path, status);
        expect(Object.keys(responses), `${method} ${path}`).toContain(String(status));
      }
    }
    expect([...answered].filter(([, status]) => status !== 503)).toEqual([["/health/live", 200]]);
  });

  it("describes numbers in queries as numbers, and says what each route takes", () => {
    const { get } = document.paths["/api/actions/{sessionId}"] ?? {};
    const parameters = new Map(get?.parameters.map((parameter) => [parameter.name, parameter]));
    expect([...parameters.keys()]).toEqual([
      "sessionId",
      "after",
      "limit",
      "tail",
      "type",
      "agentId",
      "runId",
    ]);
    expect(parameters.get("limit")).toMatchObject({
      in: "query",
      required: false,
      schema: { type: "integer", minimum: 1, maximum: 1_000 },
    });
    const { post } = document.paths["/api/sessions/{sessionId}/batch"] ?? {};
    expect(Object.keys(post?.requestBody?.content ?? {})).toEqual([
      "application/json",
      "application/x-ndjson",
    ]);
    expect(post?.parameters.map(({ name }) => name)).toEqual(["sessionId", "Idempotency-Key"]);
  });
});

describe("the readable page", () => {
  it("needs no script and loads nothing, and its policy allows nothing else", async () => {
    const answer = await recorder.http.get("/docs").expect(200);
    expect(answer.headers["content-type"]).toMatch(/^text\/html/);
    expect(answer.headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+';/,
    );
    expect(answer.text).not.toMatch(/<script|\son\w+=|javascript:|https?:\/\/|<link|<img|style="/i);
  });

  it("shows every operation, every problem and every schema, and every link on it leads somewhere", async () => {
    const { text } = await recorder.http.get("/docs");
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods))
        expect(text, path).toContain(`id="${operation.operationId}"`);
    }
    for (const code of ERROR_CODES) expect(text).toContain(`<tr id="${code}">`);
    for (const name of Object.keys(document.components.schemas))
      expect(text).toContain(`id="schema-${name}"`);
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });
});
