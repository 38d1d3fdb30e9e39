import {
  ClaudeSessionStore,
  type ClaudeSessionStoreOptions,
  type SessionKey,
} from "container-hook-agent/claude-session-store";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startFaultProxy } from "../../container-hook-agent/test/contract/fault-proxy.js";
import { sessionStoreContract } from "../../container-hook-agent/test/support/session-store-contract.js";
import { converse, sdk } from "./support/agent-sdk.js";
import { projectKeyOf } from "./support/claude.js";
import { useParts } from "./support/parts.js";

const { container, serviceUrl } = useParts();

/** As every process has its own. */
function newStore(options: ClaudeSessionStoreOptions = {}): ClaudeSessionStore {
  const { foldSessionSummary } = sdk;
  const store = new ClaudeSessionStore({ serviceUrl: serviceUrl(), foldSessionSummary, ...options });
  onTestFinished(async () => {
    expect(await store.close()).toEqual({ pending: 0 });
  });
  return store;
}

async function uuidsOf(store: ClaudeSessionStore, key: SessionKey): Promise<string[]> {
  const entries = (await store.load(key)) ?? [];
  return entries.flatMap(({ uuid }) => uuid ?? []);
}

describe("a conversation of the Agent SDK", () => {
  it("goes on in another container, and so do its sub-agents", async () => {
    const first = container("sdk-first");
    const begun = await converse(first, "play:delegating The word is pelican", newStore());
    expect(begun).toMatchObject({ result: "The child has told me.", mirrorErrors: 0 });
    const { sessionId } = begun;
    const key = { projectKey: projectKeyOf(first.workspace), sessionId };
    const before = await uuidsOf(newStore(), key);
    first.remove();

    const second = container("sdk-second");
    const recalled = await converse(second, "play:recalling", newStore(), { resume: sessionId });
    expect(recalled).toEqual({ sessionId, result: "The word was pelican.", mirrorErrors: 0 });
    second.remove();
    const third = container("sdk-third");
    const reminded = await converse(third, "play:reminding", newStore(), { resume: sessionId });
    expect(reminded).toMatchObject({ sessionId, result: "The child was asked again.", mirrorErrors: 0 });

    const after = await uuidsOf(newStore(), key);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.length).toBeGreaterThan(before.length);
    expect(new Set(after).size).toBe(after.length);
    const where = { dir: third.workspace, sessionStore: newStore() };
    const agents = await sdk.listSubagents(sessionId, where);
    expect(agents).toHaveLength(1);
    const told = JSON.stringify(await sdk.getSubagentMessages(sessionId, agents[0] ?? "", where));
    expect(told).toMatch(/The child is done\..*play:remembering.*I remember the child\./s);
  });

  it("is whole although the service was away while it was held", async () => {
    const proxy = await startFaultProxy(serviceUrl);
    onTestFinished(() => proxy.close());
    await proxy.set("down");
    const [box, store] = [container("sdk-away"), newStore({ serviceUrl: proxy.url, appendTimeoutMs: 200 })];
    const begun = await converse(box, "play:batch The word is heron", store);
    expect(begun.result).toBe("Both ran.");
    expect(begun.mirrorErrors).toBeGreaterThan(0);
    await proxy.set("none");
    expect(await store.close(30_000)).toEqual({ pending: 0 });
    box.remove();
    const resumed = await converse(container("sdk-back"), "play:recalling", newStore(), {
      resume: begun.sessionId,
    });
    expect(resumed.result).toBe("The word was heron.");
    const messages = await sdk.getSessionMessages(begun.sessionId, {
      dir: box.workspace,
      sessionStore: newStore(),
    });
    expect(JSON.stringify(messages)).toMatch(/play:batch.*echo one.*echo two.*Both ran.*play:recalling/s);
  });

  it("that is forked goes on twice, each way by itself", async () => {
    const first = container("sdk-forked");
    const { sessionId } = await converse(first, "play:answer The word is stork", newStore());
    const where = { dir: first.workspace, sessionStore: newStore() };
    const fork = await sdk.forkSession(sessionId, where);
    first.remove();
    const second = container("sdk-of-the-fork");
    const resumed = await converse(second, "play:recalling", newStore(), { resume: fork.sessionId });
    expect(resumed).toMatchObject({ ...fork, result: "The word was stork." });
    const texts = await Promise.all(
      [sessionId, fork.sessionId].map(async (id) => JSON.stringify(await sdk.getSessionMessages(id, where))),
    );
    expect(texts.map((text) => text.includes("play:recalling"))).toEqual([false, true]);
  });

  it("is forked by the query that resumes it", async () => {
    const box = container("sdk-fork-option");
    const { sessionId } = await converse(box, "play:answer The word is crane", newStore());
    const options = { resume: sessionId, forkSession: true };
    const forked = await converse(box, "play:recalling", newStore(), options);
    expect(forked.result).toBe("The word was crane.");
    expect(forked.sessionId).not.toBe(sessionId);
    const key = { projectKey: projectKeyOf(box.workspace), sessionId: forked.sessionId };
    expect(JSON.stringify(await newStore().load(key))).toMatch(/is crane.*play:recalling/s);
  });

  it("is the one that goes on where the newest is wanted", async () => {
    const box = container("sdk-continue");
    await converse(box, "play:answer The word is old", newStore());
    const newest = await converse(box, "play:answer The word is new", newStore());
    const resumed = await converse(box, "play:recalling", newStore(), { continue: true });
    expect(resumed).toMatchObject({ sessionId: newest.sessionId, result: "The word was new." });
  });
});

describe("the sessions that the Agent SDK lists", () => {
  it("are the same by their summaries as by all their entries, until they are deleted", async () => {
    const box = container("sdk-listed");
    const one = await converse(box, "play:answer one", newStore());
    const other = await converse(box, `play:background dir:${box.workspace}`, newStore());
    const sessionStore = newStore();
    const where = { dir: box.workspace, sessionStore };
    await sdk.renameSession(one.sessionId, "A title", where);
    const listed = await sdk.listSessions(where);
    expect(listed.map(({ sessionId, summary }) => [sessionId, summary])).toEqual([
      [one.sessionId, "A title"],
      [other.sessionId, `play:background dir:${box.workspace}`],
    ]);
    const bySummary = await sessionStore.listSessionSummaries(projectKeyOf(box.workspace));
    expect(bySummary).toHaveLength(2);
    const withoutSummaries = {
      append: sessionStore.append.bind(sessionStore),
      load: sessionStore.load.bind(sessionStore),
      listSessions: sessionStore.listSessions.bind(sessionStore),
    };
    const byEntries = await sdk.listSessions({ ...where, sessionStore: withoutSummaries });
    const known = (sessions: object[]) => sessions.map((session) => JSON.stringify(session)).sort();
    expect(known(byEntries.map(comparable))).toEqual(known(listed.map(comparable)));
    expect(await sdk.getSessionInfo(one.sessionId, where)).toMatchObject({ customTitle: "A title" });

    await sdk.deleteSession(other.sessionId, where);
    expect(await sdk.listSessions(where)).toMatchObject([{ sessionId: one.sessionId }]);
    expect(await sdk.listSubagents(other.sessionId, where)).toEqual([]);
    expect(await sdk.getSessionMessages(other.sessionId, where)).toEqual([]);
  });
});

/** A size is known only where all entries were read. */
const comparable = (session: object): object => ({ ...session, fileSize: undefined });

describe("the SDK's own store", () => {
  const store = new sdk.InMemorySessionStore();
  sessionStoreContract(() => store);
});

describe("ClaudeSessionStore with the SDK's summaries", () => {
  let store: ClaudeSessionStore;
  beforeAll(() => {
    const { foldSessionSummary } = sdk;
    store = new ClaudeSessionStore({ serviceUrl: serviceUrl(), foldSessionSummary });
    return async () => {
      await store.close();
    };
  });
  sessionStoreContract(() => store);
});
