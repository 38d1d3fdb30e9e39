import assert from "node:assert/strict";
import { placeOf, type Fleet } from "../fleet/fleet.js";
import type { ServiceClient } from "../service-client.js";
import { checkWhole } from "./recorded.js";

const QUESTION = "Which flight did you cancel in that briefing, and why?";
const REMEMBERED = "flight 4 at 15:00, because of gusts of 41 km/h against a limit of 25";

/** Goes on with Claude's conversation where there is nothing of it. Answers what it remembers. */
export async function checkResume(
  fleet: Fleet,
  client: ServiceClient,
  round: string,
  isScripted: boolean,
): Promise<string> {
  const place = placeOf("claude-cli", round);
  const before = await client.events(place.sessionId);
  const { state } = await client.session(place.sessionId);
  const { sessionId: conversation } = state.claudeCode as { sessionId: string };
  const { code, stdout, output } = await fleet.freshClaude(round, ["-p", QUESTION, "--resume", conversation]);
  assert.equal(code, 0, output);
  if (isScripted) assert.ok(stdout.includes(REMEMBERED), `it said: ${output}`);
  const after = await checkWhole(client, place);
  assert.deepEqual(after.slice(0, before.length), before, "what was recorded before is untouched");
  const actions = after.slice(before.length).filter(({ type }) => type === "action");
  const [start, prompt] = actions.map(({ data }) => data as Record<string, unknown>);
  assert.equal(start?.source, "resume");
  assert.equal(prompt?.input, QUESTION);
  const { metadata, final } = await client.session(place.sessionId);
  assert.equal(metadata.status, "completed");
  if (isScripted) assert.ok(String(final?.outcome).includes(REMEMBERED));
  return `"${String(final?.outcome).slice(0, 60)}…"`;
}
