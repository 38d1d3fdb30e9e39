import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SessionStoreError, type SessionKey } from "../../src/claude-session-store/index.js";
import { entry } from "../support/session-store-contract.js";
import { proxyTo, storeAt, untilStored, useService } from "../support/stores.js";

const service = useService();
const newKey = (): SessionKey => ({ projectKey: "-work", sessionId: randomUUID() });
const numbered = (n: number) => entry(n % 2 === 0 ? { n } : { n, uuid: randomUUID() });
const batch = (from: number, count: number) => Array.from({ length: count }, (_, i) => numbered(from + i));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const numbersIn = async (key: SessionKey): Promise<unknown[]> =>
  ((await storeAt(service.url()).load(key)) ?? []).map(({ n }) => n);

describe("an append", () => {
  it("is stored once although its answers break off", async () => {
    const [key, proxy] = [newKey(), await proxyTo(service.url)];
    const store = storeAt(proxy.url);
    await store.append(key, batch(0, 3));
    await proxy.set("cut");
    const before = proxy.requests();
    const appended = store.append(key, batch(3, 4));
    await expect.poll(proxy.requests).toBeGreaterThan(before + 2);
    await proxy.set("none");
    await appended;
    await store.append(key, batch(7, 2));
    expect(await numbersIn(key)).toEqual(upTo(9));
  });

  it("is stored once although every request arrives twice", async () => {
    const [key, proxy] = [newKey(), await proxyTo(service.url)];
    await proxy.set("twice");
    const store = storeAt(proxy.url);
    for (let n = 0; n < 12; n += 3) await store.append(key, batch(n, 3));
    expect(await numbersIn(key)).toEqual(upTo(12));
  });

  it("waits for a service that answers that it is overloaded, or fails", async () => {
    const [key, proxy] = [newKey(), await proxyTo(service.url)];
    const store = storeAt(proxy.url);
    await proxy.set({ status: 503, times: 3 });
    await store.append(key, batch(0, 2));
    await proxy.set({ status: 429, headers: { "retry-after": "0" }, times: 2 });
    await store.append(key, batch(2, 2));
    expect(await numbersIn(key)).toEqual(upTo(4));
  });

  it("goes on after it was rejected, and a call with the same entries adds nothing", async () => {
    const [key, proxy] = [newKey(), await proxyTo(service.url)];
    const store = storeAt(proxy.url, { appendTimeoutMs: 200 });
    await untilStored(store, key, batch(0, 2));
    await proxy.set("hang");
    const entries = batch(2, 2);
    const rejection = await store.append(key, entries).catch((error: unknown) => error);
    expect(rejection).toBeInstanceOf(SessionStoreError);
    expect(rejection).toMatchObject({ code: "unavailable" });
    await proxy.set("down");
    await expect(store.append(key, structuredClone(entries))).rejects.toMatchObject({ code: "unavailable" });
    await proxy.set("none");
    await expect.poll(() => numbersIn(key)).toEqual(upTo(4));
    await untilStored(store, key, structuredClone(entries));
    await untilStored(store, key, batch(4, 1));
    expect(await numbersIn(key)).toEqual(upTo(5));
  });

  it("that was given up by its caller comes before the next", async () => {
    const [key, proxy] = [newKey(), await proxyTo(service.url)];
    const store = storeAt(proxy.url, { appendTimeoutMs: 100 });
    await proxy.set("down");
    for (let n = 0; n < 3; n += 1)
      await expect(store.append(key, batch(n, 1))).rejects.toMatchObject({ code: "unavailable" });
    await proxy.set("none");
    await untilStored(store, key, batch(3, 1));
    expect(await numbersIn(key)).toEqual(upTo(4));
  });

  it("is whole and in order although the service is killed again and again", async () => {
    const key = newKey();
    const store = storeAt(service.url(), { appendTimeoutMs: 60_000, random: Math.random });
    let n = 0;
    const enough = new AbortController();
    const appending = (async () => {
      for (; !enough.signal.aborted; n += 5) await store.append(key, batch(n, 5));
    })();
    for (let round = 0; round < 3; round += 1) {
      const before = n;
      await expect.poll(() => n).toBeGreaterThan(before + 20);
      await service.restart("SIGKILL");
    }
    enough.abort();
    await appending;
    expect(await numbersIn(key)).toEqual(upTo(n));
  }, 90_000);
});

describe("appends at the same time", () => {
  it("to one transcript are stored in the order of the calls", async () => {
    const [key, store] = [newKey(), storeAt(service.url())];
    await Promise.all(Array.from({ length: 40 }, (_, i) => store.append(key, batch(i * 3, 3))));
    expect(await numbersIn(key)).toEqual(upTo(120));
  });

  it("from several processes are each stored once and whole, and the summary is of all", async () => {
    const key = newKey();
    const stores = Array.from({ length: 4 }, () => storeAt(service.url()));
    await Promise.all(
      stores.map(async (store, i) => {
        for (let k = 0; k < 6; k += 1)
          await store.append(key, [numbered(i * 100 + k * 2), numbered(i * 100 + k * 2 + 1)]);
      }),
    );
    const numbers = (await numbersIn(key)) as number[];
    for (const i of stores.keys())
      expect(numbers.filter((n) => Math.floor(n / 100) === i)).toEqual(upTo(12).map((n) => i * 100 + n));
    for (let at = 0; at < numbers.length; at += 2) expect(numbers[at + 1]).toBe((numbers[at] ?? 0) + 1);
    const summaries = await storeAt(service.url()).listSessionSummaries(key.projectKey);
    const summary = summaries.find(({ sessionId }) => sessionId === key.sessionId);
    expect(summary?.data.numbers).toEqual(numbers);
  }, 60_000);
});
