import type { Goal, JsonObject, SessionEvent } from "session-protocol";
import { metadataOf, stateOf } from "../domain/documents.js";
import type { Session } from "../domain/session.js";
import type { Pieces } from "./streaming.js";

/** Longer values are cut: the page is to be read. The other formats have everything. */
const MAX_BLOCK_CHARS = 4_000;

/** The session as a page: what it is, its goals and agents, its outcome, and then everything in order. */
export async function* markdown(session: Session, events: Pieces): AsyncGenerator<Buffer> {
  yield Buffer.from(
    [title(session), facts(session), goals(session), agents(session), outcome(session)].join(""),
  );
  yield Buffer.from("## Events\n");
  for await (const piece of events) {
    let text = "";
    for (const event of piece)
      text += entry(JSON.parse(Buffer.from(event.text, "latin1").toString()) as SessionEvent);
    yield Buffer.from(text);
  }
}

function title({ sessionId, profile }: Session): string {
  const description = profile.description === null ? "" : `\n${inline(profile.description)}\n`;
  return `# ${inline(profile.name ?? sessionId)}\n${description}`;
}

function facts(session: Session): string {
  const { status, userId, created, updated, model, tokenUsage, costUsd, tags, metrics } = metadataOf(session);
  const rows: [string, string][] = [
    ["Session", session.sessionId],
    ["User", userId],
    ["Status", status],
    ["Created", created],
    ["Last event", updated],
    ["Model", model ?? "unknown"],
    ["Tokens", `${String(tokenUsage.input)} in, ${String(tokenUsage.output)} out`],
    ["Cost", `${String(costUsd)} USD`],
    ["Actions", `${String(metrics.actions)}, of which ${String(metrics.errors)} errors`],
    ["Responses", String(metrics.responses)],
    ["Tags", tags.join(", ")],
  ];
  return `\n| | |\n|---|---|\n${rows.map(([name, value]) => `| ${name} | ${inline(value)} |\n`).join("")}`;
}

function goals(session: Session): string {
  const { goals: list } = stateOf(session) as unknown as { goals: Goal[] };
  if (list.length === 0) return "";
  const lines = list.map(({ id, description, status }) => {
    const box = status === "completed" ? "x" : " ";
    return `- [${box}] ${inline(description)} (${inline(id)}, ${inline(status)})\n`;
  });
  return `\n## Goals\n\n${lines.join("")}`;
}

function agents(session: Session): string {
  const { spawned } = session.state.agents;
  if (spawned.length === 0) return "";
  const lines = spawned.map(
    ({ agentId, type, status }) => `- ${inline(agentId)}: ${inline(type)}, ${status}\n`,
  );
  return `\n## Agents\n\n${lines.join("")}`;
}

function outcome({ final }: Session): string {
  if (final === null) return "\n";
  return `\n## Outcome: ${final.status}\n${block(final.outcome)}${block(final.response)}\n`;
}

function entry({ seq, timestamp, type, data }: SessionEvent): string {
  if (type !== "action" && type !== "response") return section(seq, type, timestamp, block(data));
  const { type: ownType, content, ...rest } = data as JsonObject;
  return section(seq, `${type}: ${inline(ownType)}`, timestamp, block(content) + block(rest));
}

function section(seq: number, name: string, timestamp: string, body: string): string {
  return `\n### ${String(seq)}. ${name}\n\n${timestamp}\n${body}`;
}

/** A value set apart so that nothing in it is taken for Markdown: the fence is longer than any inside. */
function block(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  if (text === "{}") return "";
  const shown =
    text.length > MAX_BLOCK_CHARS
      ? `${text.slice(0, MAX_BLOCK_CHARS)}\n… ${String(text.length)} characters`
      : text;
  const longest = Math.max(2, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `\n${fence}${typeof value === "string" ? "" : "json"}\n${shown}\n${fence}\n`;
}

/** Text in a line, with what Markdown or HTML would read as markup escaped. */
function inline(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_{}[\]<>()#+!|~]/g, "\\$&")
    .replaceAll("&", "&amp;");
}
