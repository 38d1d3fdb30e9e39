import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseObject, textOf, type Fields } from "../conversation/fields.js";

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

function take(file: string): GeminiHook | undefined {
  const fields = parseObject(readFileSync(file, "utf8"));
  rmSync(file);
  const name = textOf(fields?.hook_event_name);
  const atMs = Date.parse(textOf(fields?.timestamp) ?? "");
  if (fields === undefined || name === undefined) return undefined;
  return { name, atMs: Number.isNaN(atMs) ? Date.now() : atMs, fields };
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
