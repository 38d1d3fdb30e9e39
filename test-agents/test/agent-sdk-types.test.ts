import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/** Where a program that uses the SDK could be. */
const FILE = fileURLToPath(new URL("a-program.ts", import.meta.url));
const IMPORTS = `
  import { foldSessionSummary, query, type SessionStore } from "@anthropic-ai/claude-agent-sdk";
  import { ClaudeSessionStore } from "container-hook-agent/claude-session-store";
`;

/** What the compiler says of a program; its own types are checked, and those of the SDK are as they are. */
function complaints(program: string): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const real = { ...host };
  host.fileExists = (name) => name === FILE || real.fileExists(name);
  host.readFile = (name) => (name === FILE ? program : real.readFile(name));
  host.getSourceFile = (name, version) =>
    name === FILE ? ts.createSourceFile(name, program, version) : real.getSourceFile(name, version);
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([FILE], options, host));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

describe("the types of ClaudeSessionStore", () => {
  it("are those of the SDK's SessionStore, with every method of it", () => {
    const program = `${IMPORTS}
      const made = new ClaudeSessionStore({ serviceUrl: "http://127.0.0.1:9000", foldSessionSummary });
      export const sessionStore: Required<SessionStore> = made;
      export const conversation = query({ prompt: "hello", options: { sessionStore: made } });
    `;
    expect(complaints(program)).toEqual([]);
  });

  it("would not pass for the SDK's if they were others", () => {
    const program = `${IMPORTS}
      declare const made: Omit<ClaudeSessionStore, "load"> & { load(key: string): Promise<null> };
      export const sessionStore: SessionStore = made;
      export const unused = [query, foldSessionSummary];
    `;
    expect(complaints(program)).toEqual([expect.stringContaining("load")]);
  });
});
