import { expect } from "vitest";
import type { Container } from "./container.js";
import { expectWhole } from "./parts.js";
import { ofType, type RecordedSession } from "./session.js";

/** What is on record of a run whose first request the API has refused. */
export function expectRefused(session: RecordedSession): void {
  expectWhole(session);
  const error = expect.stringContaining("as the scenario says") as string;
  expect(ofType(session, "error")).toMatchObject([{ error }]);
  expect(session.runs).toMatchObject([{ status: "failed", error }]);
  expect(session.final).toMatchObject({ status: "failure", outcome: error });
  expect(session.responses).toEqual([]);
}

/** What is on record of a run whose only answer came after the API had been overloaded. */
export function expectAnsweredAtLast(session: RecordedSession): void {
  expectWhole(session);
  expect(session.responses).toMatchObject([{ content: "Answered at last." }]);
  expect(session.runs).toMatchObject([{ status: "completed" }]);
}

export interface LateParts {
  readonly command: readonly string[];
  readonly serviceUrl: string;
  readonly read: () => Promise<RecordedSession>;
}

/** Runs a command with nobody at the service's address, then sends what the spool holds. Answers what it printed. */
export async function recordAway(box: Container, { command, serviceUrl, read }: LateParts) {
  const ended = await box.hookAgent(["run", "--wait", "0", "--", ...command]).ended;
  expect(ended.code).toBe(0);
  expect(ended.stderr).toContain("hook-agent send");
  await expect(read()).rejects.toThrow("404");

  const sent = await box.hookAgent(["send"], { SESSION_SERVICE_URL: serviceUrl }).ended;
  expect(sent).toMatchObject({ code: 0, stderr: "" });
  const session = await read();
  expectWhole(session);
  return { stdout: ended.stdout, session };
}
