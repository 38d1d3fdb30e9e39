import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { restore } from "../src/claude-code/restore.js";
import { TranscriptKeeper } from "../src/claude-code/transcript-keeper.js";
import { ClaudeSessionStore } from "../src/claude-session-store/index.js";
import { Places } from "../src/transcripts/places.js";
import { TranscriptClient } from "../src/transcripts/transcript-client.js";
import { filesIn, temporaryFolder } from "./support/folders.js";
import { proxyTo, useService } from "./support/stores.js";

const service = useService();

/** A project's folder of Claude Code, with one conversation in it. */
class Project {
  readonly projects = temporaryFolder();
  readonly key = { projectKey: `-work-${randomUUID()}`, sessionId: randomUUID() };
  readonly folder = join(this.projects, this.key.projectKey);
  readonly file = join(this.folder, `${this.key.sessionId}.jsonl`);
  readonly agents = join(this.folder, this.key.sessionId, "subagents");

  constructor() {
    mkdirSync(this.agents, { recursive: true });
  }

  add(...entries: object[]): void {
    appendFileSync(this.file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  }

  stored(subpath?: string): Promise<object[] | null> {
    const store = new ClaudeSessionStore({ serviceUrl: service.url(), foldSessionSummary: false });
    onTestFinished(() => void store.close());
    return store.load({ ...this.key, ...(subpath !== undefined && { subpath }) });
  }
}

interface KeeperOptions {
  readonly serviceUrl?: string;
  readonly folder?: string;
  readonly maxBytes?: number;
}

function keeperOf({ serviceUrl = service.url(), folder, maxBytes = 10_000_000 }: KeeperOptions = {}) {
  const warnings: string[] = [];
  const client = new TranscriptClient({ serviceUrl, requestTimeoutMs: 5_000, now: Date.now });
  const keeper = new TranscriptKeeper({
    client,
    places: new Places(client, { acrossProjects: true }),
    spool: folder === undefined ? undefined : { folder, maxBytes },
    redactor: undefined,
    random: () => 0.05,
    warn: (message) => warnings.push(message),
  });
  return { keeper, warnings };
}

const LONG = 20_000;
const whole = { left: 0, isOnDisk: true };
const line = (n: number): object =>
  n % 2 === 0 ? { type: "mode", mode: "normal" } : { n, uuid: randomUUID() };
const lines = (count: number): object[] => Array.from({ length: count }, (_, n) => line(n));

describe("a transcript that is kept", () => {
  it("follows its file, without requests to the model and half a line, and its sub-agents", async () => {
    const project = new Project();
    const { keeper, warnings } = keeperOf();
    const [first, second] = [lines(5), lines(4)];
    project.add(...first, { type: "api-request-blob", text: "x" });
    appendFileSync(project.file, "no json\n");
    keeper.follow(project.file);
    keeper.tick();
    await expect.poll(() => project.stored()).toEqual(first);
    project.add(...second);
    appendFileSync(project.file, '{"type":"torn');
    const agent = join(project.agents, "agent-1");
    writeFileSync(`${agent}.meta.json`, '{"agentType":"Explore"}');
    writeFileSync(`${agent}.jsonl`, '{"uuid":"a"}\n');
    expect(await keeper.end(LONG)).toEqual(whole);
    expect(await project.stored()).toEqual([...first, ...second]);
    expect(await project.stored("subagents/agent-1")).toEqual([
      { type: "agent_metadata", agentType: "Explore" },
      { uuid: "a" },
    ]);
    expect(warnings).toEqual([]);
  });

  it("is stored once by one keeper after the other, also where equal lines repeat", async () => {
    const project = new Project();
    for (let round = 0; round < 3; round += 1) {
      project.add(...lines(6));
      const { keeper } = keeperOf();
      keeper.follow(project.file);
      expect(await keeper.end(LONG)).toEqual(whole);
    }
    const written = readFileSync(project.file, "utf8").trimEnd().split("\n");
    expect(await project.stored()).toEqual(written.map((text) => JSON.parse(text) as object));
  });

  it("is stored once although its file is written anew, shorter or longer", async () => {
    const project = new Project();
    const { keeper } = keeperOf();
    const all = [...lines(8), { uuid: "last" }];
    project.add(...all);
    keeper.follow(project.file);
    keeper.tick();
    await expect.poll(() => project.stored()).toEqual(all);
    const rewrite = (entries: object[]): void => {
      writeFileSync(project.file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    };
    rewrite(all.slice(3));
    project.add({ uuid: "after" });
    keeper.tick();
    await expect.poll(() => project.stored()).toEqual([...all, { uuid: "after" }]);
    rewrite([{ uuid: "a line that was not there before", text: "x".repeat(5_000) }, ...all]);
    expect(await keeper.end(LONG)).toEqual(whole);
    expect(await project.stored()).toHaveLength(all.length + 2);
  });

  it("is stored but for an entry that the service does not take", async () => {
    const project = new Project();
    const { keeper, warnings } = keeperOf();
    project.add({ n: 0 }, { n: 1, text: "x".repeat(11_000_000) }, { n: 2 });
    keeper.follow(project.file);
    expect(await keeper.end(LONG)).toEqual(whole);
    expect(await project.stored()).toEqual([{ n: 0 }, { n: 2 }]);
    expect(warnings).toEqual([expect.stringContaining("413")]);
  });
});

describe("a transcript while the service is away", () => {
  it("is in the spool as a whole, and the next process sends it", async () => {
    const [project, folder, proxy] = [new Project(), temporaryFolder(), await proxyTo(service.url)];
    const all = lines(20);
    project.add(...all.slice(0, 10));
    await proxy.set("down");
    const { keeper } = keeperOf({ serviceUrl: proxy.url, folder });
    keeper.follow(project.file);
    await expect.poll(() => (keeper.tick(), filesIn(folder).length)).toBeGreaterThan(0);
    project.add(...all.slice(10));
    expect(await keeper.end(50)).toEqual({ left: 1, isOnDisk: true });
    const next = keeperOf({ folder });
    expect(next.keeper.adopt()).toBe(1);
    expect(await next.keeper.end(LONG)).toEqual(whole);
    expect(await project.stored()).toEqual(all);
    expect(filesIn(folder)).toEqual([]);
  });

  it("is stored once where the next process follows its file as well", async () => {
    const [project, folder, proxy] = [new Project(), temporaryFolder(), await proxyTo(service.url)];
    project.add(...lines(9));
    await proxy.set("down");
    const { keeper } = keeperOf({ serviceUrl: proxy.url, folder });
    keeper.follow(project.file);
    expect(await keeper.end(50)).toEqual({ left: 1, isOnDisk: true });
    project.add(...lines(5));
    const next = keeperOf({ folder });
    next.keeper.adopt();
    next.keeper.follow(project.file);
    expect(await next.keeper.end(LONG)).toEqual(whole);
    expect(await project.stored()).toHaveLength(14);
  });

  it("leaves the spool when the service is back", async () => {
    const [project, folder, proxy] = [new Project(), temporaryFolder(), await proxyTo(service.url)];
    project.add(...lines(3));
    await proxy.set("down");
    const { keeper } = keeperOf({ serviceUrl: proxy.url, folder });
    keeper.follow(project.file);
    await expect.poll(() => (keeper.tick(), filesIn(folder).length)).toBeGreaterThan(0);
    await proxy.set("none");
    await expect.poll(() => (keeper.tick(), filesIn(folder).length)).toBe(0);
    expect(await keeper.end(LONG)).toEqual(whole);
    expect(await project.stored()).toHaveLength(3);
  });

  it("is told to be nowhere where the spool is full, or there is none", async () => {
    const [project, proxy] = [new Project(), await proxyTo(service.url)];
    project.add(...lines(3));
    await proxy.set("down");
    for (const options of [{ folder: temporaryFolder(), maxBytes: 10 }, {}]) {
      const { keeper } = keeperOf({ serviceUrl: proxy.url, ...options });
      keeper.follow(project.file);
      expect(await keeper.end(50)).toEqual({ left: 1, isOnDisk: false });
    }
  });
});

describe("a conversation that is fetched", () => {
  async function fetchInto(home: string, sessionId: string): Promise<boolean> {
    const client = new TranscriptClient({
      serviceUrl: service.url(),
      requestTimeoutMs: 5_000,
      now: Date.now,
    });
    onTestFinished(() => client.close());
    const places = new Places(client, { acrossProjects: true });
    const env = { CLAUDE_CONFIG_DIR: home };
    const options = { client, places, cwd: home, env, timeoutMs: LONG, random: Math.random };
    return restore({ sessionId }, options);
  }

  it("is there with its sub-agents, and nothing is written outside of its folder", async () => {
    const [project, home] = [new Project(), temporaryFolder()];
    const store = new ClaudeSessionStore({ serviceUrl: service.url() });
    onTestFinished(() => void store.close());
    const { key } = project;
    for (const subpath of ["subagents/agent-1", "../../evil", "/evil", "a/../../../evil"])
      await store.append({ ...key, subpath }, [
        { type: "agent_metadata", agentType: "Explore" },
        { type: "user", subpath },
      ]);
    await store.append(key, [{ type: "user", n: 0 }]);
    expect(await fetchInto(home, key.sessionId)).toBe(true);
    const files = filesIn(home).map((file) => file.slice(file.indexOf(key.sessionId)));
    expect(files.sort()).toEqual([
      `${key.sessionId}.jsonl`,
      `${key.sessionId}/evil.jsonl`,
      `${key.sessionId}/evil.meta.json`,
      `${key.sessionId}/subagents/agent-1.jsonl`,
      `${key.sessionId}/subagents/agent-1.meta.json`,
    ]);
    const main = filesIn(home).find((file) => file.endsWith(`${key.sessionId}.jsonl`)) ?? "";
    expect(readFileSync(main, "utf8")).toBe('{"type":"user","n":0}\n');
    expect(existsSync(join(home, "../evil.jsonl"))).toBe(false);
    expect(await fetchInto(home, key.sessionId)).toBe(false);
  });

  it("is not made up where it is nowhere", async () => {
    const home = temporaryFolder();
    expect(await fetchInto(home, randomUUID())).toBe(false);
    expect(filesIn(home)).toEqual([]);
  });
});
