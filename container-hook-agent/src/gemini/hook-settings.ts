import { listOf, objectOf, type Fields } from "../conversation/fields.js";

/** What nothing else tells: where the chat is, that a tool begins or has answered, that a turn is over. */
const EVENTS = ["SessionStart", "BeforeTool", "AfterTool", "AfterAgent"] as const;
/** They are done in a few milliseconds; one that is not shall hold nobody up. */
const TIMEOUT_MS = 2_000;

/** Settings with hooks that leave what they are told in a folder. */
export function withHooks(settings: Fields, folder: string): Fields {
  const hooks = objectOf(settings.hooks) ?? {};
  const hook = { type: "command", name: "hook-agent", command: commandFor(folder), timeout: TIMEOUT_MS };
  const added = EVENTS.map((event) => [event, [...listOf(hooks[event]), { hooks: [hook] }]] as const);
  return { ...settings, hooks: { ...hooks, ...Object.fromEntries(added) } };
}

/** Leaves its input behind as a file, whole: a tenth of what it takes to start Node. What it said would be shown. */
function commandFor(folder: string): string {
  const name = `'${folder.replaceAll("'", `'\\''`)}'/$$`;
  return `{ cat >${name}.part && mv ${name}.part ${name}.json; } 2>/dev/null; exit 0`;
}
