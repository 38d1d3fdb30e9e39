import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { GeminiContainer } from "./support/gemini.js";
import { childOf, type Running } from "./support/container.js";
import { expectAnsweredAtLast, expectRefused, recordAway } from "./support/ends.js";
import { expectWhole, usePartsOf } from "./support/parts.js";
import { toolActions } from "./support/session.js";

const { container, read, serviceUrl } = usePartsOf("gemini", GeminiContainer);

interface SlowRun extends Running {
  /** Gemini CLI itself: what is started is a launcher, which takes no signal. */
  readonly pid: number;
}

/** Starts what takes 30 s, and waits until its command runs. */
async function startSlow(box: GeminiContainer): Promise<SlowRun> {
  const running = box.hookAgent(["run", "--", ...box.geminiCommand(`play:slow dir:${box.workspace}`)]);
  await box.untilThere("begun");
  onTestFinished(() => endCommandOf(box));
  return { ...running, pid: childOf(childOf(running.child.pid)) };
}

/** The command, which is a group of processes, is not ended with Gemini CLI. */
function endCommandOf(box: GeminiContainer): void {
  try {
    process.kill(-Number(readFileSync(join(box.workspace, "begun"), "utf8")), "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

describe("a run of Gemini CLI that does not end well", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s to all its processes is cancelled, and its open tool call interrupted, although it ends with 0",
    async (signal) => {
      const box = container(`by-${signal}`);
      const { child, pid, ended } = await startSlow(box);
      child.kill(signal);
      process.kill(pid, signal);
      expect(await ended).toMatchObject({ code: 0, signal: null });
      const session = await read(`by-${signal}`);
      expectWhole(session);
      expect(toolActions(session)).toMatchObject([{ tool: "run_shell_command", status: "interrupted" }]);
      expect(session.responses).toMatchObject([{ content: "This takes long." }]);
      expect(session.runs).toMatchObject([{ status: "cancelled", failedNodes: 1 }]);
      expect(session.final).toMatchObject({ status: "failure" });
      expect(box.left()).toEqual([]);
    },
  );

  it("by SIGINT to it alone was a success: it ends with 0, and tells of no end of its turn", async () => {
    const box = container("alone");
    const { pid, ended } = await startSlow(box);
    process.kill(pid, "SIGINT");
    expect(await ended).toMatchObject({ code: 0, signal: null });
    const session = await read("alone");
    expectWhole(session);
    const error = "the process ended in the middle of a turn";
    const [call] = toolActions(session);
    expect(call).toMatchObject({ tool: "run_shell_command", status: "interrupted", error });
    expect(session.responses).toMatchObject([{ toolUseIds: [call?.toolUseId] }]);
    expect(session.runs).toMatchObject([{ status: "cancelled", error }]);
    expect(session.final).toMatchObject({ status: "failure", outcome: error });
  });

  it("by SIGKILL ends as its launcher does, with what was open interrupted", async () => {
    const box = container("killed");
    const { pid, ended } = await startSlow(box);
    process.kill(pid, "SIGKILL");
    expect(await ended).toMatchObject({ code: 1, signal: null });
    const session = await read("killed");
    expectWhole(session);
    const error = "the process ended with exit code 1";
    expect(toolActions(session)).toMatchObject([{ tool: "run_shell_command", status: "interrupted", error }]);
    expect(session.responses).toMatchObject([{ content: "This takes long.", usage: { inputTokens: 100 } }]);
    expect(session.runs).toMatchObject([{ status: "failed", error }]);
    expect(session.final).toMatchObject({ status: "failure", outcome: error });
    expect(box.left()).toEqual([]);
  });

  it("because the API refuses is failed, with the API's error", async () => {
    const box = container("refused");
    const { code } = await box.gemini("play:refused");
    expect(code).toBe(1);
    expectRefused(await read("refused"));
  });

  it("at first, because the API is overloaded, counts the answer once", async () => {
    const box = container("overloaded");
    const { code, stdout } = await box.gemini("play:overloaded");
    expect(code).toBe(0);
    expect(stdout).toMatch(/Answered at last\.\n$/);
    expectAnsweredAtLast(await read("overloaded"));
  });
});

describe("a service that is away", () => {
  it("for the whole run changes nothing for Gemini CLI; what was recorded is sent later", async () => {
    const box = container("away", { SESSION_SERVICE_URL: "http://127.0.0.1:1" });
    const { stdout, session } = await recordAway(box, {
      command: box.geminiCommand(`play:tools dir:${box.workspace}`),
      serviceUrl: serviceUrl(),
      read: () => read("away"),
    });
    expect(stdout).toMatch(/The note says good day\.\n$/);
    expect(toolActions(session)).toHaveLength(3);
    expect(session.responses).toHaveLength(4);
    expect(session.final).toMatchObject({ status: "success", outcome: "The note says good day." });
  });
});
