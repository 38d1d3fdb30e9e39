import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import * as exported from "../../src/claude-session-store/index.js";
import { runScript } from "../support/child.js";
import { entry } from "../support/session-store-contract.js";
import { proxyTo, storeAt, useService } from "../support/stores.js";

const service = useService();
const newKey = () => ({ projectKey: "-work", sessionId: randomUUID() });
const DIST = join(dirname(fileURLToPath(import.meta.url)), "../../dist/claude-session-store/index.js");

/** Makes a store, and `key`, in a process of its own. */
const scriptOf = (key: object, options: object, rest: string): string => `
  const { ClaudeSessionStore } = await import(${JSON.stringify(pathToFileURL(DIST).href)});
  const store = new ClaudeSessionStore(${JSON.stringify(options)});
  const key = ${JSON.stringify(key)};
  ${rest}`;

it("exports these names and no others", () => {
  expect(Object.keys(exported).sort()).toEqual(["ClaudeSessionStore", "SessionStoreError"]);
});

it("takes the address from the environment, and does not do without", () => {
  const { ClaudeSessionStore } = exported;
  expect(() => new ClaudeSessionStore({}, {})).toThrow("SESSION_SERVICE_URL");
  expect(() => new ClaudeSessionStore({ serviceUrl: "no address" }, {})).toThrow();
  expect(new ClaudeSessionStore({}, { SESSION_SERVICE_URL: service.url() })).toBeDefined();
});

describe("closing a store", () => {
  it("waits for what is not stored, and says what is left", async () => {
    const proxy = await proxyTo(service.url);
    await proxy.set("down");
    const [one, other] = [storeAt(proxy.url), storeAt(proxy.url)];
    const [kept, lost] = [newKey(), newKey()];
    const stored = one.append(kept, [entry({})]);
    const given = other.append(lost, [entry({})]).catch((error: unknown) => error);
    expect(await other.close(50)).toEqual({ pending: 1 });
    expect(await given).toMatchObject({ code: "closed" });
    await proxy.set("none");
    expect(await one.close(20_000)).toEqual({ pending: 0 });
    await stored;
    expect(await storeAt(service.url()).load(kept)).toEqual([entry({})]);
    await expect(one.append(kept, [entry({})])).rejects.toMatchObject({ code: "closed" });
    await expect(one.load(kept)).rejects.toMatchObject({ code: "closed" });
    expect(await one.close()).toEqual({ pending: 0 });
  });
});

describe("reading", () => {
  it("waits for a service that is away, at most as long as it is told", async () => {
    const [key, proxy] = [newKey(), await proxyTo(service.url)];
    await storeAt(service.url()).append(key, [entry({})]);
    await proxy.set("down");
    const store = storeAt(proxy.url, { readTimeoutMs: 100 });
    await expect(store.load(key)).rejects.toMatchObject({ code: "unavailable" });
    await expect(store.listSessions("-work")).rejects.toMatchObject({ code: "unavailable" });
    const loaded = storeAt(proxy.url).load(key);
    await proxy.set("none");
    expect(await loaded).toEqual([entry({})]);
  });

  it("is not fooled by an answer that breaks off, or comes from something else", async () => {
    const [key, proxy] = [newKey(), await proxyTo(service.url)];
    await storeAt(service.url()).append(key, [entry({})]);
    const store = storeAt(proxy.url);
    await proxy.set("cut");
    const loaded = store.load(key);
    await expect.poll(proxy.requests).toBeGreaterThan(2);
    await proxy.set("none");
    expect(await loaded).toEqual([entry({})]);
    await proxy.set({ status: 200 });
    const strict = storeAt(proxy.url, { readTimeoutMs: 100 });
    await expect(strict.listSessions("-work")).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("a process with a store", () => {
  it("ends by itself, and what it appended without waiting is stored", async () => {
    const key = newKey();
    const script = scriptOf(key, {}, `void store.append(key, [{ type: "x" }]);`);
    expect(await runScript(script, { SESSION_SERVICE_URL: service.url() })).toMatchObject({ code: 0 });
    expect(await storeAt(service.url()).load(key)).toEqual([entry({})]);
  });

  it("is not held up by a service that hangs, once it was told so", async () => {
    const proxy = await proxyTo(service.url);
    await proxy.set("hang");
    const options = { appendTimeoutMs: 100, exitTimeoutMs: 100 };
    const script = scriptOf(
      newKey(),
      options,
      `await store.append(key, [{ type: "x" }]).catch(({ code }) => console.log(code));`,
    );
    const ended = await runScript(script, { SESSION_SERVICE_URL: proxy.url });
    expect(ended).toMatchObject({ code: 0, signal: null, stdout: "unavailable\n", stderr: "" });
  });
});
