import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { FoldSessionSummary, SessionKey } from "../../src/claude-session-store/index.js";
import { entry } from "../support/session-store-contract.js";
import { proxyTo, storeAt, untilStored, useService } from "../support/stores.js";

const service = useService();
const newKey = (projectKey = "-work"): SessionKey => ({ projectKey, sessionId: randomUUID() });
const numbersIn = async (key: SessionKey): Promise<unknown[]> =>
  ((await storeAt(service.url()).load(key)) ?? []).map(({ n }) => n);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe("a large append", () => {
  it("is split into requests that the service takes, in order", async () => {
    const [key, proxy] = [newKey(), await proxyTo(service.url)];
    await proxy.set({ status: 413, overBytes: 200_000 });
    const noise = (n: number): string => Array.from({ length: 200 }, () => randomUUID()).join(String(n));
    const entries = upTo(2_500).map((n) => entry({ n, text: n % 10 === 0 ? noise(n) : "" }));
    await storeAt(proxy.url).append(key, entries);
    expect(await storeAt(service.url()).load(key)).toEqual(entries);
  });

  it("may hold an entry of several megabytes", async () => {
    const key = newKey();
    const entries = [entry({ n: 0, text: "x".repeat(4_000_000) }), entry({ n: 1 })];
    await storeAt(service.url()).append(key, entries);
    expect(await storeAt(service.url()).load(key)).toEqual(entries);
  });

  it("is stored but for an entry that is too large for the service", async () => {
    const [key, store] = [newKey(), storeAt(service.url())];
    const entries = upTo(5).map((n) => entry({ n, text: n === 2 ? "x".repeat(11_000_000) : "" }));
    const rejected = { name: "SessionStoreError", code: "refused", status: 413 };
    await expect(store.append(key, entries)).rejects.toMatchObject(rejected);
    await expect(store.append(key, entries)).rejects.toMatchObject(rejected);
    await store.append(key, [entry({ n: 5 })]);
    expect(await numbersIn(key)).toEqual([0, 1, 3, 4, 5]);
  });

  it("is not accepted while too much is waiting, and leaves no trace", async () => {
    const [key, proxy] = [newKey(), await proxyTo(service.url)];
    const store = storeAt(proxy.url, { maxQueuedChars: 1_000, appendTimeoutMs: 50 });
    await proxy.set("down");
    const first = [entry({ n: 0, text: "x".repeat(2_000) })];
    await expect(store.append(key, first)).rejects.toMatchObject({ code: "unavailable" });
    await expect(store.append(key, [entry({ n: 1 })])).rejects.toMatchObject({ code: "full" });
    await proxy.set("none");
    await untilStored(store, key, first);
    await untilStored(store, key, [entry({ n: 2 })]);
    expect(await numbersIn(key)).toEqual([0, 2]);
  });
});

describe("a project key", () => {
  it("may be any text", async () => {
    const store = storeAt(service.url());
    const odd = ["Größe/日本", "a..b", ".", "_.eA", "x".repeat(400), "\ud800", "a b", "-wörk"];
    for (const [n, projectKey] of odd.entries())
      await store.append({ projectKey, sessionId: "same" }, [entry({ n })]);
    for (const [n, projectKey] of odd.entries()) {
      expect(await numbersIn({ projectKey, sessionId: "same" })).toEqual([n]);
      expect(await store.listSessions(projectKey)).toMatchObject([{ sessionId: "same" }]);
    }
  });

  it.each([
    ["without a project", { projectKey: "", sessionId: "s" }],
    ["with a session that can be no name", { projectKey: "p", sessionId: "../s" }],
    ["with an empty subpath", { projectKey: "p", sessionId: "s", subpath: "" }],
  ])("is refused %s", async (_, key) => {
    const store = storeAt(service.url());
    for (const call of [store.append(key, [entry({})]), store.load(key), store.delete(key)])
      await expect(call).rejects.toMatchObject({ code: "invalid_key" });
  });

  it("of the store's own takes the place of the SDK's", async () => {
    const projectKey = `tenant-${randomUUID()}`;
    const store = storeAt(service.url(), { projectKey });
    const [one, other] = [newKey("-a"), newKey("-b")];
    await store.append(one, [entry({})]);
    await store.append(other, [entry({})]);
    expect(await store.load({ ...one, projectKey: "-elsewhere" })).toEqual([entry({})]);
    expect(await store.listSessions("-anything")).toHaveLength(2);
    expect(await storeAt(service.url()).listSessions(projectKey)).toHaveLength(2);
  });
});

describe("a session that goes on in another working directory", () => {
  const sub = (key: SessionKey): SessionKey => ({ ...key, subpath: "subagents/agent-1" });

  it("is found there, and stays one conversation where it began", async () => {
    const began = newKey("-began-here");
    const there = { ...began, projectKey: "-goes-on-there" };
    const first = storeAt(service.url());
    await first.append(sub(began), [entry({ n: 10 })]);
    await first.append(began, [entry({ n: 0 })]);
    const second = storeAt(service.url());
    expect(await second.load(there)).toEqual([entry({ n: 0 })]);
    expect(await second.listSubkeys(there)).toEqual(["subagents/agent-1"]);
    await second.append(there, [entry({ n: 1 })]);
    await second.append(sub(there), [entry({ n: 11 })]);
    for (const key of [began, there, { ...began, projectKey: "-a-third" }]) {
      expect(await numbersIn(key)).toEqual([0, 1]);
      expect(await numbersIn(sub(key))).toEqual([10, 11]);
    }
    await second.delete(there);
    expect(await numbersIn(began)).toEqual([]);
    await second.append(there, [entry({ n: 2 })]);
    expect(await second.listSessions("-goes-on-there")).toMatchObject([{ sessionId: there.sessionId }]);
  });

  it("is not found where that is not wanted, nor from or in a project that has a name", async () => {
    const [path, named] = [newKey("-of-a-path"), newKey("named")];
    const store = storeAt(service.url());
    await store.append(path, [entry({})]);
    await store.append(named, [entry({})]);
    const strict = storeAt(service.url(), { acrossProjects: false });
    expect(await strict.load({ ...path, projectKey: "-other" })).toBeNull();
    expect(await store.load({ ...path, projectKey: "other" })).toBeNull();
    expect(await store.load({ ...named, projectKey: "-other" })).toBeNull();
  });
});

describe("summaries", () => {
  const summaryOf = async (key: SessionKey): Promise<unknown> => {
    const summaries = await storeAt(service.url()).listSessionSummaries(key.projectKey);
    return summaries.find(({ sessionId }) => sessionId === key.sessionId)?.data;
  };

  it("are folded on from what others have stored", async () => {
    const key = newKey();
    await storeAt(service.url()).append(key, [entry({ n: 0, customTitle: "first" })]);
    const bare = storeAt(service.url(), { foldSessionSummary: false });
    await bare.append(key, [entry({ n: 1 })]);
    expect(await summaryOf(key)).toBeUndefined();
    await storeAt(service.url()).append(key, [entry({ n: 2 })]);
    expect(await summaryOf(key)).toEqual({ customTitle: "first", numbers: [0, 1, 2] });
  });

  it("count no entry that was there already", async () => {
    const [key, uuid] = [newKey(), randomUUID()];
    const store = storeAt(service.url());
    await store.append(key, [entry({ n: 0, uuid })]);
    await store.append(key, [entry({ n: 0, uuid }), entry({ n: 1 })]);
    await store.append(key, [entry({ n: 0, uuid })]);
    expect(await summaryOf(key)).toEqual({ numbers: [0, 1] });
    await store.append(key, [entry({ n: 2 })]);
    expect(await summaryOf(key)).toEqual({ numbers: [0, 1, 2] });
  });

  it("are left out where the SDK's function fails, and the entries are stored", async () => {
    const key = newKey();
    const foldSessionSummary: FoldSessionSummary = () => {
      throw new Error("a later SDK");
    };
    await storeAt(service.url(), { foldSessionSummary }).append(key, [entry({ n: 0 })]);
    expect(await numbersIn(key)).toEqual([0]);
    expect(await summaryOf(key)).toBeUndefined();
  });
});

describe("credentials", () => {
  const text = "the key is sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789 and stays";

  it("come back as they were, unless they are to be taken out", async () => {
    const [kept, cleaned] = [newKey(), newKey()];
    const entries = [entry({ text, deep: [{ text }] })];
    await storeAt(service.url()).append(kept, entries);
    await storeAt(service.url(), { redaction: true }).append(cleaned, entries);
    expect(await storeAt(service.url()).load(kept)).toEqual(entries);
    const clean = text.replace(/sk-ant\S+/, "[redacted:anthropic-key]");
    expect(await storeAt(service.url()).load(cleaned)).toEqual([
      entry({ text: clean, deep: [{ text: clean }] }),
    ]);
  });
});
