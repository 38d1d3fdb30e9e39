import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseObject, textOf, type Fields } from "../conversation/fields.js";
import { readText } from "./own-telemetry.js";

/** What Gemini CLI tells a hook. */
export interface GeminiHook {
  readonly name: string;
  readonly atMs: number;
  readonly fields: Fields;
}

/** Takes what hooks have left in a folder, in the order of what happened. */
export function takeHooks(folder: string): GeminiHook[] {
  const names = listed(folder).filter((name) => name.endsWith(".json"));
  const hooks = names.flatMap((name) => take(join(folder, name)) ?? []);
  return hooks.sort((one, other) => one.atMs - other.atMs);
}

/** Undefined: it is not whole yet. */
function take(file: string): GeminiHook | undefined {
  const fields = parseObject(readText(file));
  if (fields === undefined) return undefined;
  rmSync(file);
  const name = textOf(fields.hook_event_name) ?? "";
  const atMs = Date.parse(textOf(fields.timestamp) ?? "");
  return { name, atMs: Number.isNaN(atMs) ? Date.now() : atMs, fields };
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
