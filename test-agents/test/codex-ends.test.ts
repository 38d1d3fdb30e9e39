import { describe, expect, it } from "vitest";
import { CodexContainer } from "./support/codex.js";
import { childOf, type Running } from "./support/container.js";
import { expectAnsweredAtLast, expectRefused, recordAway } from "./support/ends.js";
import { expectWhole, usePartsOf } from "./support/parts.js";
import { toolActions } from "./support/session.js";

const { container, read, serviceUrl } = usePartsOf("codex", CodexContainer);

/** Starts what takes 30 s, and waits until its command runs. */
async function startSlow(box: CodexContainer): Promise<Running> {
  const running = box.hookAgent(["run", "--", ...box.codexCommand(`play:slow dir:${box.workspace}`)]);
  await box.untilThere("begun");
  return running;
}

describe("a run of Codex that does not end well", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s is cancelled, and its open tool call interrupted",
    async (signal) => {
      const box = container(`by-${signal}`);
      const { child, ended } = await startSlow(box);
      child.kill(signal);
      await ended;
      const session = await read(`by-${signal}`);
      expectWhole(session);
      expect(toolActions(session)).toMatchObject([{ tool: "exec_command", status: "interrupted" }]);
      expect(session.responses).toMatchObject([{ content: "This takes long." }]);
      expect(session.runs).toMatchObject([{ status: "cancelled", failedNodes: 1 }]);
      expect(session.final).toMatchObject({ status: "failure" });
    },
  );

  it("by SIGINT to it alone had failed: it ends with 1, and says that the turn was interrupted", async () => {
    const box = container("alone");
    const { child, ended } = await startSlow(box);
    process.kill(childOf(childOf(child.pid)), "SIGINT");
    expect(await ended).toMatchObject({ code: 1, signal: null });
    const session = await read("alone");
    expectWhole(session);
    const error = "the turn was interrupted";
    expect(toolActions(session)).toMatchObject([{ tool: "exec_command", status: "interrupted" }]);
    expect(session.runs).toMatchObject([{ status: "cancelled", error }]);
    expect(session.final).toMatchObject({ status: "failure", outcome: error });
  });

  it("by SIGKILL ends the same way, with what was open interrupted", async () => {
    const box = container("killed");
    const { child, ended } = await startSlow(box);
    process.kill(childOf(childOf(child.pid)), "SIGKILL");
    expect(await ended).toMatchObject({ code: null, signal: "SIGKILL" });
    const session = await read("killed");
    expectWhole(session);
    expect(toolActions(session)).toMatchObject([
      { tool: "exec_command", status: "interrupted", error: "the process was ended by SIGKILL" },
    ]);
    expect(session.responses).toMatchObject([{ content: "This takes long.", usage: { inputTokens: 100 } }]);
    expect(session.runs).toMatchObject([{ status: "failed", error: "the process was ended by SIGKILL" }]);
    expect(session.final).toMatchObject({ status: "failure", outcome: "the process was ended by SIGKILL" });
  });

  it("because the API refuses is failed, with the API's error", async () => {
    const box = container("refused");
    const { code } = await box.codex("play:refused");
    expect(code).toBe(1);
    expectRefused(await read("refused"));
  });

  it("at first, because the API is overloaded, counts the answer once", async () => {
    const box = container("overloaded");
    expect(await box.codex("play:overloaded")).toMatchObject({ code: 0, stdout: "Answered at last.\n" });
    expectAnsweredAtLast(await read("overloaded"));
  });
});

describe("a service that is away", () => {
  it("for the whole run changes nothing for Codex; what was recorded is sent later", async () => {
    const box = container("away", { SESSION_SERVICE_URL: "http://127.0.0.1:1" });
    const { stdout, session } = await recordAway(box, {
      command: box.codexCommand(`play:tools dir:${box.workspace}`),
      serviceUrl: serviceUrl(),
      read: () => read("away"),
    });
    expect(stdout).toBe("The note says good night.\n");
    expect(toolActions(session)).toHaveLength(3);
    expect(session.responses).toHaveLength(4);
    expect(session.final).toMatchObject({ status: "success", outcome: "The note says good night." });
  });
});
