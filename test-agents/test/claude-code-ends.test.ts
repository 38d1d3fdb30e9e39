import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Workspace } from "./support/claude.js";
import { childOf } from "./support/container.js";
import { expectAnsweredAtLast, recordAway } from "./support/ends.js";
import { expectWhole, useParts } from "./support/parts.js";
import { ofType, toolActions } from "./support/session.js";

const { container, read, serviceUrl } = useParts();

/** Starts what takes 30 s, and waits until its command runs. */
async function startSlow(box: Workspace): Promise<ReturnType<Workspace["hookAgent"]>> {
  const running = box.hookAgent(["run", "--", ...box.claudeCommand(`play:slow dir:${box.workspace}`)]);
  await box.untilThere("begun");
  return running;
}

describe("a run of Claude Code that does not end well", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s is cancelled, and its open tool call interrupted",
    async (signal) => {
      const box = container(`by-${signal}`);
      const { child, ended } = await startSlow(box);
      child.kill(signal);
      await ended;
      const session = await read(`by-${signal}`);
      expectWhole(session);
      expect(toolActions(session)).toMatchObject([{ tool: "Bash", status: "interrupted" }]);
      expect(session.runs).toMatchObject([{ status: "cancelled", failedNodes: 1 }]);
      expect(session.final).toMatchObject({ status: "failure" });
    },
  );

  it.each([
    ["SIGINT", "was a success", 0, "[Request interrupted by user for tool use]"],
    ["SIGTERM", "had failed", 143, "the process was ended by SIGTERM"],
  ] as const)("by %s to it alone %s: it ends with %i", async (signal, _, code, error) => {
    const box = container(`alone-${signal}`);
    const { child, ended } = await startSlow(box);
    process.kill(childOf(child.pid), signal);
    expect(await ended).toMatchObject({ code, signal: null });
    const session = await read(`alone-${signal}`);
    expectWhole(session);
    expect(toolActions(session)).toMatchObject([{ tool: "Bash", status: "interrupted" }]);
    expect(session.runs).toMatchObject([{ status: "cancelled", error }]);
    expect(session.final).toMatchObject({ status: "failure", outcome: error });
    // The call's end was told by the transcript alone, and was on record after that of the conversation.
    expect(session.actions.map(({ type }) => type)).toEqual([
      "session_start",
      "prompt",
      "bash_exec",
      "session_end",
    ]);
  });

  it("by SIGKILL of the agent ends the same way, with what was open interrupted", async () => {
    const box = container("killed");
    const { child, ended } = await startSlow(box);
    process.kill(childOf(child.pid), "SIGKILL");
    expect(await ended).toMatchObject({ code: null, signal: "SIGKILL" });
    const session = await read("killed");
    expectWhole(session);
    expect(toolActions(session)).toMatchObject([
      { tool: "Bash", status: "interrupted", error: "the process was ended by SIGKILL" },
    ]);
    expect(session.responses).toMatchObject([{ content: "This takes long." }]);
    expect(session.runs).toMatchObject([{ status: "failed", error: "the process was ended by SIGKILL" }]);
    expect(session.final).toMatchObject({ status: "failure", outcome: "the process was ended by SIGKILL" });
  });

  it("because the API refuses is failed, with the API's error", async () => {
    const box = container("refused");
    const { code, stdout } = await box.claude(`play:refused dir:${box.workspace}`);
    expect({ code, stdout: stdout.trim() }).toEqual({
      code: 1,
      stdout: "API Error: 400 as the scenario says",
    });
    const session = await read("refused");
    expectWhole(session);
    expect(ofType(session, "error")).toMatchObject([{ error: stdout.trim() }]);
    expect(session.runs).toMatchObject([{ status: "failed", error: stdout.trim() }]);
    expect(session.final).toMatchObject({ status: "failure", outcome: stdout.trim() });
    expect(session.responses).toEqual([]);
  });

  it("at first, because the API is overloaded, counts the answer once", async () => {
    const box = container("overloaded");
    const { code, stdout } = await box.claude(`play:overloaded dir:${box.workspace}`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Answered at last.\n" });
    expectAnsweredAtLast(await read("overloaded"));
  });

  it("because there is no such command says so, as a shell does", async () => {
    const ended = await container("nothing").hookAgent(["run", "--", "no-such-command"]).ended;
    expect(ended.code).toBe(127);
    expect(ended.stderr).toContain("no-such-command");
    expect((await read("nothing")).runs).toMatchObject([{ status: "failed" }]);
  });
});

describe("a service that is away", () => {
  it("for the whole run changes nothing for Claude Code; what was recorded is sent later", async () => {
    const box = container("away", { SESSION_SERVICE_URL: "http://127.0.0.1:1" });
    const { stdout, session } = await recordAway(box, {
      command: box.claudeCommand(`play:tools dir:${box.workspace}`),
      serviceUrl: serviceUrl(),
      read: () => read("away"),
    });
    expect(stdout).toBe("The note says good day.\n");
    expect(toolActions(session)).toHaveLength(4);
    expect(session.responses).toHaveLength(5);
    expect(session.final).toMatchObject({ status: "success", outcome: "The note says good day." });
  });

  it("because it hangs does not hold up a tool call, nor the end beyond its limit", async () => {
    const hanging = createServer().listen(0, "127.0.0.1");
    await once(hanging, "listening");
    onTestFinished(() => void hanging.close());
    const { port } = hanging.address() as AddressInfo;
    const box = container("hanging", { SESSION_SERVICE_URL: `http://127.0.0.1:${port}` });
    const command = box.claudeCommand(`play:tools dir:${box.workspace}`);
    const { code, stdout, lingeredMs } = await box.hookAgent(["run", "--wait", "1", "--", ...command]).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "The note says good day.\n" });
    expect(lingeredMs).toBeLessThan(15_000);
  });
});
