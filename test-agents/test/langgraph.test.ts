import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { useGraphs } from "./support/graphs.js";
import { ofType, type Json, type RecordedSession } from "./support/session.js";
import { storyOf, type Story } from "./support/story.js";

/** What the hook agents of all languages tell of such graphs. */
const STORIES = JSON.parse(
  readFileSync(new URL("../../container-hook-agent/contract/graphs.json", import.meta.url), "utf8"),
) as Record<string, Story>;

const { start, run, read } = useGraphs();

const namesOf = ({ nodes }: RecordedSession): Map<unknown, unknown> =>
  new Map(nodes.map(({ nodeId, name }) => [nodeId, name]));

describe("a graph", () => {
  it.each(["invoke", "values", "messages"])(
    "that is run by %s is a run, with its specialists' nodes inside its own",
    async (way) => {
      await run(`governor-${way}`, "governor.mjs", way);
      const session = await read(`governor-${way}`);
      expect(storyOf(session)).toEqual(STORIES.governor);
      expect(session.metadata.tokenUsage).toMatchObject({ input: 49, output: 28, cacheRead: 21 });
      expect(session.metadata.metrics).toMatchObject({ responses: 7, errors: 0 });
    },
  );

  it("tells what went in and came out of its nodes, with messages in words", async () => {
    await run("words", "governor.mjs");
    const { nodes, runs } = await read("words");
    const [governed, , asked] = nodes;
    const plan = { type: "human", content: "plan it" };
    expect(runs).toMatchObject([{ input: { messages: [plan], notes: [] } }]);
    expect(runs[0]?.output).toMatchObject({ messages: { length: 8 }, notes: { length: 3 } });
    expect(governed).toMatchObject({ input: { messages: [plan] } });
    expect(governed?.output).toMatchObject({
      goto: ["weather"],
      update: { messages: [{ type: "ai", content: "3 left" }] },
    });
    expect(asked).toMatchObject({
      input: { messages: [plan, { type: "ai", content: "3 left" }] },
      output: { messages: [{ type: "ai", content: "weather is fine" }] },
    });
    for (const { durationMs } of nodes) expect(durationMs).toBeGreaterThanOrEqual(0);
  });

  it.each(["handled", "failing"])("with a failing tool, %s, tells its error", async (way) => {
    const answer = await run(`tools-${way}`, "tools.mjs", way);
    expect(answer).toBe(way === "handled" ? "4" : "the index is gone");
    const session = await read(`tools-${way}`);
    expect(storyOf(session)).toEqual(STORIES[`tools-${way}`]);
    for (const { durationMs } of ofType(session, "tool_call")) expect(durationMs).toBeGreaterThanOrEqual(0);
    expect(session.metadata.metrics).toMatchObject({ toolCalls: 2 });
  });

  it("tells another attempt of a node as a node of its own", async () => {
    expect(await run("flaky", "flaky.mjs")).toBe('["well"]');
    expect(storyOf(await read("flaky"))).toEqual(STORIES.flaky);
  });

  it("whose model fails tells the error where it was", async () => {
    expect(await run("overloaded", "overloaded.mjs")).toBe("overloaded");
    expect(storyOf(await read("overloaded"))).toMatchObject({
      runs: [{ status: "failed", error: "overloaded" }],
      nodes: [{ name: "ask", status: "failed", error: "overloaded" }],
      actions: [{ type: "error", error: "overloaded", node: "ask" }],
      responses: [],
    });
  });
});

describe("an interrupt", () => {
  it("is a pause, and what follows its answer the same run and node", async () => {
    const program = start("confirming", ["confirming.mjs"]);
    await program.hasWritten;
    const waiting = await read("confirming");
    expect(storyOf(waiting)).toEqual(STORIES["confirming-paused"]);
    program.say("yes");
    const { code, stdout, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe('[{"question":"book it?"}]\n["yes","done"]');
    const session = await read("confirming");
    expect(storyOf(session)).toEqual(withoutGoto(STORIES.confirming));
    expect(session.runs[0]?.runId).toBe(waiting.runs[0]?.runId);
    expect(session.nodes.slice(0, 2).map(({ nodeId }) => nodeId)).toEqual(
      waiting.nodes.map(({ nodeId }) => nodeId),
    );
  });

  it("that nobody answers ends with the run, when the graph begins anew", async () => {
    const program = start("anew", ["confirming.mjs"]);
    await program.hasWritten;
    program.say("anew");
    await program.ended;
    const { runs, nodes } = await read("anew");
    expect(runs.map(({ status }) => status).sort()).toEqual(["cancelled", "running"]);
    const statuses = nodes.map(({ name, status }) => `${String(name)} ${String(status)}`);
    expect(statuses).toEqual(["confirm running", "human running", "confirm running", "human running"]);
  });

  it("that a former process has waited at is answered in a run of its own, marked as such", async () => {
    expect(await run("elsewhere", "elsewhere.mjs")).toBe('["yes","done"]');
    const session = await read("elsewhere");
    expect(session.runs.map(({ status }) => status).sort()).toEqual(["completed", "running"]);
    expect(storyOf(session).actions).toEqual((withoutGoto(STORIES.confirming) as Story).actions);
    const [resumed] = ofType(session, "run_resumed");
    expect(resumed).toMatchObject({ input: { resume: "yes" } });
    expect(session.runs.find(({ runId }) => runId === resumed?.runId)).toMatchObject({ status: "completed" });
  });
});

describe("parallel branches", () => {
  it("do not mix, though two graphs run in one process at once", async () => {
    expect(await run("parallel", "parallel.mjs")).toBe("[5,5]");
    const session = await read("parallel");
    const names = namesOf(session);
    expect(session.nodes).toHaveLength(10);
    expect(session.responses).toHaveLength(10);
    for (const { nodeId, content } of session.responses) expect(names.get(nodeId)).toBe(content);
    const runs = new Map(session.runs.map(({ runId, flow }) => [runId, flow]));
    const inside = session.actions.filter(({ by }) => by !== undefined);
    const outside = session.actions.filter(({ by }) => by === undefined);
    expect(inside).toHaveLength(30);
    for (const { runId, nodeId, agentId, by, isHelped } of inside) {
      expect(names.get(nodeId)).toBe(by);
      expect(runs.get(runId)).toBe(String(by)[0]);
      expect(agentId).toBe(isHelped === true ? `helper-of-${String(by)}` : by);
    }
    // What the program does after its graphs is none of their work.
    expect(outside).toMatchObject([{ type: "note" }]);
    for (const name of ["runId", "nodeId", "agentId"]) expect(outside[0]).not.toHaveProperty(name);
  });
});

describe("a graph that is stopped", () => {
  it.each([
    ["abort", "cancelled", "This operation was aborted"],
    ["reason", "cancelled", "the user left"],
    ["timeout", "timeout", "The operation was aborted due to timeout"],
    ["failure", "failed", "no wind"],
  ])("by %s is %s, with the reason, though a branch of it goes on", async (way, status, error) => {
    expect(await run(`stopped-${way}`, "stopped.mjs", way)).toBe(error);
    const session = await read(`stopped-${way}`);
    expect(session.runs).toMatchObject([{ status, error }]);
    const { slow } = Object.fromEntries(session.nodes.map((node) => [node.name, node])) as { slow: Json };
    expect(slow.status).toBe("failed");
    // What it does afterwards is still its own.
    expect(ofType(session, "note")).toMatchObject([{ by: "slow", nodeId: slow.nodeId, agentId: "slow" }]);
  });
});

describe("a graph of whose end nothing tells", () => {
  it.each([
    ["collected", "0"],
    ["over", "1"],
  ])("was running for ever: it has ended once it, or its process, is %s", async (until, open) => {
    expect(await run(`left-${until}`, "left.mjs", "abort", until)).toBe(open);
    expect((await read(`left-${until}`)).runs).toMatchObject([
      { status: "cancelled", error: "the user left" },
    ]);
  });

  it("because its stream was left at an interrupt goes on when that is answered", async () => {
    await run("left-waiting", "left.mjs", "wait", "collected");
    expect(storyOf(await read("left-waiting"))).toEqual(withoutGoto(STORIES.confirming));
  });
});

function withoutGoto(story: Story | undefined): unknown {
  return JSON.parse(JSON.stringify(story).replace('{"resume":"yes"}', '{"resume":"yes","goto":[]}'));
}
