import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { AgentName, Fleet } from "../fleet/fleet.js";
import type { Action, Json, RecordedSession } from "../service-client.js";

interface Written {
  /** In the agent's workspace. */
  readonly path: string;
  readonly isAsRecorded: (content: string) => boolean;
}

/** What the record says an agent wrote last. */
const WRITTEN: Readonly<Record<AgentName, (session: RecordedSession) => Written>> = {
  "customer-comm": (session) => {
    const { input, output } = last(session, "write_letter");
    const path = /outbox\/\S+/.exec(String(output))?.[0] ?? "no file";
    return { path, isAsRecorded: (content) => content.includes(String(input.body)) };
  },
  "email-solver": (session) => {
    const { file, bytes } = last(session, "outbox").input;
    return { path: String(file), isAsRecorded: (content) => Buffer.byteLength(content) === bytes };
  },
  "claude-cli": (session) => {
    const { file_path, content } = last(session, "Write").input;
    const { old_string, new_string } = last(session, "Edit").input;
    const edited = String(content).replace(String(old_string), String(new_string));
    const [path = "no file"] = /reports\/.*/.exec(String(file_path)) ?? [];
    return { path, isAsRecorded: (found) => found === edited };
  },
};

function last({ actions }: RecordedSession, tool: string): Action & { readonly input: Json } {
  const action = actions.filter((each) => each.tool === tool).at(-1);
  assert.ok(action, `${tool} is on record`);
  return { ...action, input: action.input as Json };
}

/** What is on record as written is in the workspace. */
export async function checkEffects(fleet: Fleet, session: RecordedSession, agent: AgentName): Promise<void> {
  const { path, isAsRecorded } = WRITTEN[agent](session);
  const content = await fleet.workspaceFile(agent, path);
  assert.ok(isAsRecorded(content), `${path} of ${agent} is as recorded: ${content}`);
}
