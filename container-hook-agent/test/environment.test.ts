import { describe, expect, it } from "vitest";
import { readEnvironment } from "../src/environment.js";
import { createHookAgent } from "../src/index.js";
import { resolveSettings } from "../src/options.js";
import { service } from "./support/agents.js";

describe("the environment", () => {
  it("is read from variables, of which empty ones do not count", () => {
    const env = {
      SESSION_SERVICE_URL: "http://127.0.0.1:9000",
      SESSION_ID: "s1",
      SESSION_USER_ID: "u1",
      SESSION_SANDBOX_ID: "box-1",
      SESSION_SPOOL_DIR: "/spool",
      XDG_STATE_HOME: "/state",
    };
    expect(readEnvironment(env)).toEqual({
      serviceUrl: "http://127.0.0.1:9000",
      sessionId: "s1",
      userId: "u1",
      sandboxId: "box-1",
      spoolFolder: "/spool",
      stateFolder: "/state",
    });
    expect(readEnvironment({ SESSION_SERVICE_URL: "", SESSION_ID: "", SESSION_SPOOL_DIR: "" })).toEqual({});
  });

  it.each([
    ["off", 100],
    ["/spool", 50],
  ])("held up the end for two seconds where there is no spool: with %s it is for %i ms", (spool, ms) => {
    const env = { SESSION_SERVICE_URL: "http://127.0.0.1:1", SESSION_ID: "s1", SESSION_SPOOL_DIR: spool };
    expect(resolveSettings({}, env).exitTimeoutMs).toBe(ms);
    expect(resolveSettings({ exitTimeoutMs: 2_000 }, env).exitTimeoutMs).toBe(2_000);
  });

  it("gives what the options leave out", async () => {
    const { url, batches } = await service();
    const env = {
      SESSION_SERVICE_URL: url,
      SESSION_ID: "of-env",
      SESSION_USER_ID: "user-of-env",
      SESSION_SANDBOX_ID: "box-of-env",
      SESSION_SPOOL_DIR: "off",
    };
    const told = {
      sessionId: "of-options",
      userId: "user-of-options",
      session: { sandboxId: "box-of-options" },
    };
    for (const options of [{}, told]) {
      const hook = createHookAgent(options, env);
      hook.logAction({ type: "note" });
      await hook.close();
    }
    expect(batches.map(({ path }) => path)).toEqual([
      "/api/sessions/of-env/batch",
      "/api/sessions/of-options/batch",
    ]);
    expect(batches.map(({ header }) => header.create)).toMatchObject([
      { userId: "user-of-env", sandboxId: "box-of-env" },
      { userId: "user-of-options", sandboxId: "box-of-options" },
    ]);
  });

  it("may leave the session and the user open: the session gets a new id, which is told", async () => {
    const { url, batches } = await service();
    const warnings: string[] = [];
    const hook = createHookAgent(
      { warn: (message) => warnings.push(message) },
      { SESSION_SERVICE_URL: url, SESSION_SPOOL_DIR: "off" },
    );
    hook.logAction({ type: "note" });
    await hook.close();
    expect(hook.sessionId).toMatch(/^session-[0-9a-f-]{36}$/);
    expect(warnings).toEqual([expect.stringContaining(hook.sessionId)]);
    expect(batches[0]?.path).toBe(`/api/sessions/${hook.sessionId}/batch`);
    expect(batches[0]?.header.create?.userId).toBe("unknown");
  });

  it.each([
    ["no address", {}, "SESSION_SERVICE_URL is not set"],
    ["an address that is none", { SESSION_SERVICE_URL: "localhost:9000" }, "localhost:9000 is no address"],
    [
      "an address of another kind",
      { SESSION_SERVICE_URL: "ftp://127.0.0.1" },
      "ftp://127.0.0.1 is no address",
    ],
  ])("with %s turns recording off, says so once, and counts", async (_, env, warning) => {
    const warnings: string[] = [];
    const hook = createHookAgent({ warn: (message) => warnings.push(message) }, env);
    hook.logAction({ type: "note" });
    hook.logResponse({ content: "ok" });
    expect(await hook.testConnection()).toBe(false);
    expect(await hook.finalizeSession()).toMatchObject({ finalized: false });
    expect(await hook.close()).toEqual({
      sent: 0,
      pending: 0,
      dropped: 3,
      rejected: 0,
      spooled: 0,
      redacted: 0,
    });
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });
});
