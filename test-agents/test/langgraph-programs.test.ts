import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../../container-hook-agent/test/support/agents.js";
import { startService } from "../../container-hook-agent/test/support/service-process.js";
import { useGraphs } from "./support/graphs.js";
import { Installed } from "./support/installed.js";
import { expectWhole } from "./support/parts.js";
import { startProgram } from "./support/program.js";
import { readSession } from "./support/session.js";
import { storyOf } from "./support/story.js";

const { folder, cli, start, run, read } = useGraphs();

describe("the one line that puts graphs on record", () => {
  it.each([
    ["after a module that awaits something", "after-an-await.mjs", 10],
    ["in a server that listens already", "after-listening.mjs", 10],
    ["in a program of CommonJS", "required.cjs", 1],
    ["imported late by a program of CommonJS", "required-late.cjs", 1],
  ])("does so %s", async (_, program, nodes) => {
    await run(program.replace(".", "-"), program);
    const session = await read(program.replace(".", "-"));
    expect(session.runs).toMatchObject([{ status: "completed", nodeCount: nodes }]);
  });

  it("records with agents of one's own, each graph once", async () => {
    expect(await run("none", "own-agent.mjs", "own-1", "own-2")).toBe("0 0");
    const [first, second] = [await read("own-1"), await read("own-2")];
    expect(storyOf(first).nodes).toHaveLength(2);
    expect(first.runs).toHaveLength(1);
    expect(second.runs).toHaveLength(2);
    expect(second.nodes).toHaveLength(4);
  });

  it.each(["required.cjs", "flaky.mjs"])(
    "fails at once where LangChain is not there: %s",
    async (program) => {
      const alone = new Installed({ langGraph: false });
      onTestFinished(() => alone.remove());
      const source = program.endsWith("cjs") ? "require" : "await import";
      const script = `${source}("container-hook-agent/langgraph")`;
      const flag = program.endsWith("cjs") ? "commonjs" : "module";
      const command = [`--input-type=${flag}`, "--eval", script] as const;
      const { code, stderr } = await startProgram(alone.folder, command, {}).ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/Cannot find (package|module) '@langchain\/core/);
    },
  );
});

describe("a program with a graph", () => {
  it("ends as it would with the service away, and what it did arrives later", async () => {
    const port = await freePort();
    const home = mkdtempSync(join(tmpdir(), "graphs-away-"));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const env = {
      SESSION_SERVICE_URL: `http://127.0.0.1:${port}`,
      SESSION_SPOOL_DIR: join(home, "spool"),
    };
    const { code, stdout, stderr } = await start("away", ["tools.mjs", "failing"], env).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "the index is gone" });
    // On a slow machine it is over before anything has found the service away.
    const warnings = stderr.match(/Warning: .*/g) ?? [];
    expect(warnings.filter((warning) => !warning.includes("cannot be reached"))).toEqual([]);
    expect(warnings.length).toBeLessThanOrEqual(1);
    mkdirSync(join(home, "data"));
    const back = await startService(join(home, "data"), port);
    try {
      expect(await start("away", [cli(), "send", "--wait", "60"], env).ended).toMatchObject({ code: 0 });
      const session = await readSession(back.url, "away");
      expectWhole(session);
      expect(session.runs).toMatchObject([{ status: "failed", error: "the index is gone", nodeCount: 2 }]);
    } finally {
      await back.end("SIGTERM");
    }
  });

  it("is given what it would be, whatever cannot be read of its state", async () => {
    expect(await run("hostile", "hostile.mjs")).toBe("[true,true,true,true]");
    const { nodes, runs } = await read("hostile");
    expect(runs).toHaveLength(4);
    expect(nodes.map(({ status }) => status)).toEqual(["completed", "completed", "completed", "failed"]);
    expect(nodes[0]?.input).toEqual({ value: { secret: "[unreadable]" } });
    expect(nodes[3]?.error).toBe("an error that cannot be read");
  });

  it("keeps a bounded number of what never ends", async () => {
    expect(await run("abandoned", "abandoned.mjs")).toBe('{"isBounded":true,"isLeaking":false}');
    const { runs } = await read("abandoned");
    expect(runs.find(({ flow }) => flow === "flaky")).toMatchObject({ status: "completed" });
  });

  it("has its types, whichever way it is imported", () => {
    const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
    const options = "--noEmit --strict --target es2023 --module nodenext --types node --skipLibCheck";
    const types = join(dirname(typescript), "@types");
    const command = [join(typescript, "bin/tsc"), ...options.split(" "), "--typeRoots", types];
    const check = (file: string): string => {
      try {
        return execFileSync(process.execPath, [...command, file], { cwd: folder(), encoding: "utf8" });
      } catch (error) {
        return (error as { stdout: string }).stdout;
      }
    };
    expect(check("typed.ts")).toBe("");
  });
});
