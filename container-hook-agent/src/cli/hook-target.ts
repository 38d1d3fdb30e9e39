import { fileURLToPath } from "node:url";
import { RELAY_NAME, type HookTarget } from "../claude-code/settings.js";

/** How the hooks of Claude Code reach a recorder that listens at `url`. */
export function hookTarget(url: string): HookTarget {
  const relay = fileURLToPath(new URL(RELAY_NAME, import.meta.url));
  return { url, command: [process.execPath, relay, url].map(quoted).join(" ") };
}

/** As one word of a shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
