import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ClaudeSessionStore } from "container-hook-agent/claude-session-store";
import { describe, expect, it, onTestFinished } from "vitest";
import { startFaultProxy } from "../../container-hook-agent/test/contract/fault-proxy.js";
import { converse, sdk } from "./support/agent-sdk.js";
import { projectKeyOf, type Workspace } from "./support/claude.js";
import { childOf, type Ended } from "./support/container.js";
import { useParts } from "./support/parts.js";
import type { Json } from "./support/session.js";

const { container, serviceUrl } = useParts();

/** Claude Code on record. */
function run(box: Workspace, prompt: string, args: string[], own: string[] = []): Promise<Ended> {
  const tools = ["--allowedTools", "Bash,Agent,ToolSearch,SendMessage"];
  return box.hookAgent(["run", ...own, "--", ...box.claudeCommand(prompt, ...tools, ...args)]).ended;
}

const begin = (box: Workspace, prompt: string, sessionId: string, own?: string[]): Promise<Ended> =>
  run(box, prompt, ["--session-id", sessionId], own);

const ended = (stdout: string) => ({ code: 0, signal: null, stdout: `${stdout}\n`, stderr: "" });

async function get<T>(path: string): Promise<T | undefined> {
  const response = await fetch(`${serviceUrl()}/api/transcripts${path}`);
  return response.ok ? ((await response.json()) as T) : undefined;
}

async function stored(box: Workspace, sessionId: string, subpath?: string): Promise<Json[]> {
  const query = subpath === undefined ? "" : `?subpath=${encodeURIComponent(subpath)}`;
  const found = await get<{ entries: Json[] }>(`/${projectKeyOf(box.workspace)}/${sessionId}${query}`);
  return found?.entries ?? [];
}

/** What Claude Code has written of a conversation that is to be kept. */
function written(box: Workspace, sessionId: string, subpath?: string): Json[] {
  const folder = join(box.home, ".claude/projects", projectKeyOf(box.workspace));
  const file = join(folder, subpath === undefined ? `${sessionId}.jsonl` : `${sessionId}/${subpath}.jsonl`);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as Json);
  return entries.filter(({ type }) => !String(type).startsWith("api-request"));
}

/** What is in the spool of a container, of one conversation. */
function spooled(box: Workspace): Json[] {
  const folder = join(box.folder, "spool/.transcripts");
  const copies = existsSync(folder)
    ? readdirSync(folder).map((name) => join(folder, name, "lines.jsonl"))
    : [];
  const texts = copies.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8").trimEnd());
  return texts.flatMap((text) => text.split("\n").map((line) => JSON.parse(line) as Json));
}

const subAgentsOf = async (box: Workspace, sessionId: string): Promise<string[]> =>
  (await get<{ subkeys: string[] }>(`/${projectKeyOf(box.workspace)}/${sessionId}/subkeys`))?.subkeys ?? [];

describe("a conversation of Claude Code that was recorded", () => {
  it("is kept line by line, its sub-agents' as well", async () => {
    const [box, sessionId] = [container("kept"), randomUUID()];
    expect(await begin(box, `play:parallel dir:${box.workspace}`, sessionId)).toMatchObject(
      ended("Both children are done."),
    );
    expect(await stored(box, sessionId)).toEqual(written(box, sessionId));
    const agents = await subAgentsOf(box, sessionId);
    expect(agents).toHaveLength(4);
    for (const agent of agents) {
      const entries = await stored(box, sessionId, agent);
      const isMetadata = ({ type }: Json): boolean => type === "agent_metadata";
      expect(entries.filter((entry) => !isMetadata(entry))).toEqual(written(box, sessionId, agent));
      expect(entries.findLast(isMetadata)).toMatchObject({ spawnDepth: expect.any(Number) as number });
    }
  });

  it("goes on in another container with an empty file system, and so do its sub-agents", async () => {
    const [first, sessionId] = [container("left"), randomUUID()];
    await begin(first, "play:delegating The word is pelican", sessionId);
    first.remove();
    const second = container("resumed");
    expect(await run(second, "play:recalling", ["--resume", sessionId])).toMatchObject(
      ended("The word was pelican."),
    );
    second.remove();
    const third = container("resumed-again");
    expect(await run(third, "play:reminding", [`--resume=${sessionId}`])).toMatchObject({
      code: 0,
      stderr: "",
    });
    const [agent] = await subAgentsOf(first, sessionId);
    const child = await stored(first, sessionId, agent);
    expect(JSON.stringify(child)).toMatch(/The child is done\..*play:remembering.*I remember the child\./s);
    const uuids = [...(await stored(first, sessionId)), ...child].flatMap(({ uuid }) => uuid ?? []);
    expect(new Set(uuids).size).toBe(uuids.length);
    expect(await stored(first, sessionId)).toEqual(written(third, sessionId));
  });

  it("goes on where the latest of its directory is wanted", async () => {
    const [box, sessionId] = [container("continued"), randomUUID()];
    await begin(box, "play:answer The word is heron", sessionId);
    rmSync(box.home, { recursive: true });
    mkdirSync(box.home);
    expect(await run(box, "play:recalling", ["--continue"])).toMatchObject(ended("The word was heron."));
  });

  it("is found by a name of a directory that is cut, too", async () => {
    const [first, sessionId] = [container("short"), randomUUID()];
    await begin(first, "play:answer The word is ibis", sessionId);
    const deep = container("deep");
    deep.moveTo("a-rather-long-name/".repeat(12));
    expect(await run(deep, "play:recalling", ["-r", sessionId])).toMatchObject(ended("The word was ibis."));
    expect(readdirSync(join(deep.home, ".claude/projects"))).toHaveLength(1);
  });
});

describe("the Agent SDK and the recorded command", () => {
  const newStore = (): ClaudeSessionStore => {
    const { foldSessionSummary } = sdk;
    const store = new ClaudeSessionStore({ serviceUrl: serviceUrl(), foldSessionSummary });
    onTestFinished(() => void store.close());
    return store;
  };

  it("go on with each other's conversations", async () => {
    const [first, sessionId] = [container("by-command"), randomUUID()];
    await begin(first, "play:delegating The word is stork", sessionId);
    first.remove();
    const second = container("by-sdk");
    const resumed = await converse(second, "play:recalling", newStore(), { resume: sessionId });
    expect(resumed).toEqual({ sessionId, result: "The word was stork.", mirrorErrors: 0 });
    second.remove();
    const third = container("by-command-again");
    expect(await run(third, "play:reminding", ["--resume", sessionId])).toMatchObject({
      code: 0,
      stderr: "",
    });
    const [agent] = await subAgentsOf(first, sessionId);
    expect(JSON.stringify(await stored(first, sessionId, agent))).toContain("I remember the child.");
    const listed = await sdk.listSessions({ dir: first.workspace, sessionStore: newStore() });
    expect(listed).toMatchObject([{ sessionId, summary: "play:reminding" }]);
  });
});

describe("a transcript", () => {
  it("is kept on disk while the service is away, and sent later", async () => {
    const proxy = await startFaultProxy(serviceUrl);
    onTestFinished(() => proxy.close());
    await proxy.set("down");
    const [box, sessionId] = [container("spooled", { SESSION_SERVICE_URL: proxy.url }), randomUUID()];
    const { stderr, code } = await begin(box, "play:delegating The word is crane", sessionId, [
      "--wait",
      "0.2",
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/2 transcript\(s\) are on disk and not yet with the service/);
    const main = written(box, sessionId);
    rmSync(box.home, { recursive: true });
    await proxy.set("none");
    const sent = await box.hookAgent(["send", "--wait", "30"]).ended;
    expect(sent).toMatchObject({ code: 0, stderr: "" });
    expect(sent.stdout).toContain("2 transcript(s) sent, 0 left");
    expect(await stored(box, sessionId)).toEqual(main);
    expect((await box.hookAgent(["send"]).ended).stdout).not.toContain("transcript");
    const other = container("of-the-spool");
    expect(await run(other, "play:recalling", ["--resume", sessionId])).toMatchObject(
      ended("The word was crane."),
    );
  });

  it("is whole and holds every line once although its recorder was killed in the middle", async () => {
    const [box, sessionId] = [container("killed-recorder"), randomUUID()];
    const command = box.claudeCommand(
      `play:slow dir:${box.workspace} The word is robin`,
      "--session-id",
      sessionId,
    );
    const first = box.hookAgent(["run", "--", ...command]);
    await box.untilThere("begun");
    await expect.poll(() => stored(box, sessionId)).not.toEqual([]);
    const claude = childOf(first.child.pid);
    first.child.kill("SIGKILL");
    process.kill(claude, "SIGKILL");
    expect(await run(box, "play:recalling", ["--resume", sessionId])).toMatchObject(
      ended("The word was robin."),
    );
    expect(await stored(box, sessionId)).toEqual(written(box, sessionId));
  });

  it("is sent later although the service was away and everything in the container was killed", async () => {
    const proxy = await startFaultProxy(serviceUrl);
    onTestFinished(() => proxy.close());
    await proxy.set("down");
    const [box, sessionId] = [container("all-killed", { SESSION_SERVICE_URL: proxy.url }), randomUUID()];
    const prompt = `play:slow dir:${box.workspace} The word is finch`;
    const first = box.hookAgent(["run", "--", ...box.claudeCommand(prompt, "--session-id", sessionId)]);
    await box.untilThere("begun");
    // While its command sleeps, Claude Code writes nothing more.
    const isWhole = () => JSON.stringify(spooled(box)) === JSON.stringify(written(box, sessionId));
    await expect.poll(isWhole).toBe(true);
    const main = written(box, sessionId);
    const claude = childOf(first.child.pid);
    first.child.kill("SIGKILL");
    process.kill(claude, "SIGKILL");
    rmSync(box.home, { recursive: true, maxRetries: 5 });
    await proxy.set("none");
    expect((await box.hookAgent(["send", "--wait", "30"]).ended).stdout).toContain(
      "1 transcript(s) sent, 0 left",
    );
    expect(await stored(box, sessionId)).toEqual(main);
    const other = container("after-all");
    expect(await run(other, "play:recalling", ["--resume", sessionId])).toMatchObject(
      ended("The word was finch."),
    );
  });

  it("is kept without credentials, or not at all, where that is wanted", async () => {
    const secret = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789";
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    const box = container("modes");
    for (const [at, mode] of ["keep", "redact", "off"].entries())
      await begin(box, `play:answer ${secret}`, ids[at] ?? "", ["--transcripts", mode]);
    const [kept, redacted, off] = await Promise.all(ids.map((id) => stored(box, id)));
    expect(JSON.stringify(kept)).toContain(secret);
    expect(JSON.stringify(redacted)).not.toContain(secret);
    expect(JSON.stringify(redacted)).toContain("[redacted:anthropic-key]");
    expect(off).toEqual([]);
    // On a slow machine some of it was there for a while.
    expect(spooled(box)).toEqual([]);
  });
});
