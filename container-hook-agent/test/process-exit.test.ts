import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort, service } from "./support/agents.js";
import { LOAD, PATIENT, runScript, type Ended } from "./support/child.js";

const runAgent = (script: string, env: NodeJS.ProcessEnv, signal?: NodeJS.Signals): Promise<Ended> =>
  runScript(LOAD + script, env, signal);

/** Accepts connections and says nothing. */
async function muteAddress(): Promise<string> {
  const server = createServer((socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address to which no connection is made: what may wait to be accepted is waiting already. */
async function fullAddress(): Promise<string> {
  const listen = `const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ["--eval", listen], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGSTOP");
  const port = Number(line);
  const waiting = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => undefined));
  onTestFinished(() => {
    for (const socket of waiting) socket.destroy();
    child.kill("SIGKILL");
  });
  return `http://127.0.0.1:${port}`;
}

describe("an agent's process that comes to its natural end", () => {
  it("has sent what it recorded, to the last event", async () => {
    const { url, stored, batches } = await service();
    const ended = await runAgent(
      `${PATIENT} for (let i = 0; i < 2_500; i++) hook.logAction({ type: "note", i });
       process.exitCode = 7;`,
      { SESSION_SERVICE_URL: url },
    );
    expect(ended).toMatchObject({ code: 7, signal: null, stderr: "" });
    expect(stored).toHaveLength(2_500);
    expect(batches[0]?.path).toBe("/api/sessions/child/batch");
  });

  it.each([
    ["at its end", ""],
    ["while it worked", "await new Promise((resolve) => setTimeout(resolve, 500));"],
  ])("was held by a connection nobody accepts that was begun %s", async (_, work) => {
    const ended = await runAgent(`hookAgent.logAction({ type: "note" }); ${work}`, {
      SESSION_SERVICE_URL: await fullAddress(),
    });
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.stderr).toContain("the process ended with 1 event(s) not acknowledged");
  });

  it("waited for the compiler of a parser that it hardly used", async () => {
    const { url, stored } = await service();
    const ended = await runAgent(
      `let made = 0;
       WebAssembly.Module = new Proxy(WebAssembly.Module, {
         construct: (target, given) => ((made += 1), Reflect.construct(target, given)),
       });
       const work = async (requests) => {
         for (let i = 0; i < requests; i++) {
           hookAgent.logAction({ type: "note" });
           await hookAgent.flush(20_000);
         }
         console.log(made > 0);
       };
       await work(3);
       await work(20);`,
      { SESSION_SERVICE_URL: url },
    );
    expect(ended).toMatchObject({ code: 0, stdout: "false\ntrue\n", stderr: "" });
    expect(stored).toHaveLength(23);
  });

  it("is not held by connections that are kept", async () => {
    const { url } = await service();
    const ended = await runAgent(
      `hookAgent.logAction({ type: "note" });
       await hookAgent.flush();
       await hookAgent.testConnection();`,
      { SESSION_SERVICE_URL: url },
    );
    expect(ended).toMatchObject({ code: 0, stderr: "" });
  });

  it.each([
    ["is away", async () => `http://127.0.0.1:${await freePort()}`],
    ["is away, at a name of several addresses", async () => `http://localhost:${await freePort()}`],
    ["hangs", async () => `http://${await muteAddress()}`],
    ["hangs in the TLS handshake", async () => `https://${await muteAddress()}`],
    ["answers 503", async () => (await service({ fault: () => ({ status: 503 }) })).url],
  ])("ends on its own in bounded time while the service %s, and says what is lost", async (_, address) => {
    const ended = await runAgent(
      `hookAgent.createHookAgent({ exitTimeoutMs: 300 }).logAction({ type: "note" });`,
      { SESSION_SERVICE_URL: await address() },
    );
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.stderr).toContain("the process ended with 1 event(s) not acknowledged");
    expect(ended.tookMs).toBeGreaterThan(300);
  });

  it.each([0, 1])("ends at once while batch %i hangs when it is told not to wait", async (hanging) => {
    const { url } = await service({ fault: (_, number) => (number >= hanging ? "hang" : undefined) });
    const ended = await runAgent(
      `const hook = hookAgent.createHookAgent({ exitTimeoutMs: 0 });
       hook.logAction({ type: "note" });
       await hook.flush(300);
       hook.logAction({ type: "note" });
       await hook.flush(300);`,
      { SESSION_SERVICE_URL: url },
    );
    expect(ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("sends what its own listeners of the end record, and still ends", async () => {
    const { url, stored } = await service();
    const ended = await runAgent(
      `const hook = hookAgent.createHookAgent({ exitTimeoutMs: 2_000 });
       hook.logAction({ type: "start" });
       await hook.flush();
       process.on("beforeExit", () => hook.logAction({ type: "leaving" }));`,
      { SESSION_SERVICE_URL: url },
    );
    expect(ended.code).toBe(0);
    expect(stored.slice(0, 2).map(({ data }) => data.type)).toEqual(["start", "leaving"]);
  });

  it("may wait for the end of the session with nothing else to do", async () => {
    const { url, stored } = await service();
    const ended = await runAgent(
      `hookAgent.logAction({ type: "note" });
       console.log((await hookAgent.finalizeSession({ status: "success" })).finalized);`,
      { SESSION_SERVICE_URL: url },
    );
    expect(ended).toMatchObject({ code: 0, stdout: "true\n", stderr: "" });
    expect(stored.map(({ type }) => type)).toEqual(["action", "session_finalized"]);
  });

  it("may wait for a service that hangs with nothing else to do", async () => {
    const ended = await runAgent(
      `console.log(await hookAgent.testConnection(300));
       hookAgent.logAction({ type: "note" });
       console.log((await hookAgent.close(300)).pending);`,
      { SESSION_SERVICE_URL: `http://${await muteAddress()}` },
    );
    expect(ended).toMatchObject({ code: 0, stdout: "false\n1\n", stderr: "" });
  });
});

describe("an agent's process that ends in another way", () => {
  it("ends as it would without the hook agent", async () => {
    const env = { SESSION_SERVICE_URL: (await service({ fault: () => "hang" })).url };
    const record = `hookAgent.logAction({ type: "note" }); await hookAgent.flush(100);`;
    expect(await runAgent(`${record} process.exit(5);`, env)).toMatchObject({ code: 5, signal: null });
    expect(await runAgent(`${record} setTimeout(() => { throw new Error("bug"); });`, env)).toMatchObject({
      code: 1,
    });
    const idle = `${record} console.log("ready"); setInterval(() => {}, 1_000);`;
    expect(await runAgent(idle, env, "SIGTERM")).toMatchObject({ code: null, signal: "SIGTERM" });
  });
});

describe("a process that loads the hook agent", () => {
  it("and calls nothing is left as it was", async () => {
    // What the process has of its own at the start comes and goes: its pipes, and what closes them.
    const look = `const held = process.getActiveResourcesInfo().filter((name) => !/^(Pipe|Close|TTY)/.test(name));
      console.log(process.eventNames().map(String), held);`;
    const ended = await runScript(LOAD + look, {});
    const without = await runScript(look, {});
    expect(ended).toMatchObject({ code: 0, stdout: without.stdout, stderr: "" });
  });

  it("and records with nowhere to send to is told so once", async () => {
    const ended = await runAgent(`for (let i = 0; i < 3; i++) hookAgent.logAction({ type: "note" });`, {});
    expect(ended.code).toBe(0);
    expect(ended.stderr.match(/HookAgentWarning/g)).toHaveLength(1);
    expect(ended.stderr).toContain("SESSION_SERVICE_URL is not set: nothing is recorded");
  });
});
