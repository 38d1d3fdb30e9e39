import { listOf, objectOf, objectsOf, textOf, type Fields } from "../conversation/fields.js";
import type { ToolOutcome, ToolReport } from "../conversation/tool-call.js";

const DENIED =
  /denied by policy|User denied execution|requires user confirmation, which is not supported|^Tool execution blocked: /;
const COMMAND = "run_shell_command";

/** What the model was told, and how Gemini CLI itself counts it. */
interface Answer {
  readonly output: string | undefined;
  readonly error: string | undefined;
  readonly status: string;
}

/** How a call in a chat has ended. */
export function outcomeOf(call: Fields, durationMs: number): ToolOutcome {
  const answers = objectsOf(call.result).map(({ functionResponse }) => objectOf(functionResponse)?.response);
  const answer = answers.map(objectOf).find((response) => response !== undefined);
  const output = textOf(answer?.output) ?? textOf(call.resultDisplay);
  const error = textOf(answer?.error);
  return outcomeFrom(String(call.name), { output, error, status: String(call.status) }, durationMs);
}

/** How a tool has answered, as a hook tells it. */
export function outcomeOfHook(tool: string, response: unknown, durationMs: number): ToolOutcome {
  const answer = objectOf(response);
  const error = textOf(objectOf(answer?.error)?.message);
  const output = textOfParts(answer?.llmContent) ?? textOf(answer?.returnDisplay);
  const status = error === undefined ? "success" : "error";
  return outcomeFrom(tool, { output, error, status }, durationMs);
}

function textOfParts(content: unknown): string | undefined {
  const parts = typeof content === "string" ? [content] : objectsOf(listOf(content)).map(({ text }) => text);
  return textOf(parts.flatMap((part) => textOf(part) ?? []).join("\n"));
}

function outcomeFrom(tool: string, { output, error, status }: Answer, durationMs: number): ToolOutcome {
  if (error !== undefined || status !== "success") {
    const text = error ?? output ?? status;
    if (DENIED.test(text)) return { status: "denied", error: text };
    return { status: status === "cancelled" ? "interrupted" : "failed", error: text, durationMs };
  }
  const text = output?.replace(WRAPPED, "$1");
  return tool === COMMAND
    ? commandOutcome(text ?? "", durationMs)
    : { status: "completed", output: text, durationMs };
}

const WRAPPED = /^<untrusted_context>\n(.*)\n<\/untrusted_context>$/s;
/** What the command itself has said, and what is said about it. */
const RAN = /^Output: (.*?)((?:\n(?:Exit Code|Signal|Background PIDs|Process Group PGID): [^\n]*)*)$/s;
const EXIT_CODE = /^Exit Code: (-?\d+)$/m;
const SIGNAL = /^Signal: (\S+)$/m;
const CUT_OFF = /^Command was (?:automatically cancelled|cancelled by user)[^.]*/;

/** A command that fails counts as a success of the tool. */
function commandOutcome(text: string, durationMs: number): ToolOutcome {
  const [cutOff] = CUT_OFF.exec(text) ?? [];
  if (cutOff !== undefined) return { status: "interrupted", output: text, error: cutOff, durationMs };
  const [, said, about = ""] = RAN.exec(text) ?? [];
  // It goes on in the background.
  if (said === undefined) return { status: "completed", output: text, durationMs };
  const exitCode = Number(EXIT_CODE.exec(about)?.[1] ?? 0);
  const signal = SIGNAL.exec(about)?.[1];
  const output = { exitCode, output: said };
  if (exitCode === 0 && signal === undefined) return { status: "completed", output, durationMs };
  const how = signal === undefined ? `with exit code ${exitCode}` : `by signal ${signal}`;
  return { status: "failed", output, error: `the command ended ${how}`, durationMs };
}

const TYPES: Readonly<Record<string, string>> = {
  write_file: "file_write",
  replace: "file_edit",
  invoke_agent: "task_spawn",
};

/** The session counts files and agents by these types, so only a call that has done its work is of such a type. */
export function reportOf(tool: string, input: unknown, { status, output }: ToolOutcome): ToolReport {
  const said = output === undefined ? {} : { output };
  const hasRun = status !== "denied";
  if (tool === COMMAND) return { type: hasRun ? "bash_exec" : "tool_call", files: [], ...said };
  if (tool.startsWith("mcp_")) return { type: hasRun ? "mcp_call" : "tool_call", files: [], ...said };
  const type = status === "completed" ? TYPES[tool] : undefined;
  const file = type?.startsWith("file_") === true ? textOf(objectOf(input)?.file_path) : undefined;
  return { type: type ?? "tool_call", files: file === undefined ? [] : [file], ...said };
}
