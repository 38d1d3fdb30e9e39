import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseObject, textOf, type Fields } from "../conversation/fields.js";
import type { Spawn } from "../conversation/sub-agents.js";
import { idPart } from "../record-calls.js";

/** What Claude Code writes about a sub-agent beside its transcript, in `folder`; undefined: not yet. */
export function readSpawn(folder: string, id: string, mainAgentId: string): Spawn | undefined {
  const meta = readMeta(join(folder, `agent-${idPart(id)}.meta.json`));
  if (meta === undefined) return undefined;
  return {
    parentAgentId: textOf(meta.parentAgentId) ?? mainAgentId,
    toolUseId: textOf(meta.toolUseId),
    task: textOf(meta.description),
  };
}

function readMeta(file: string): Fields | undefined {
  try {
    return parseObject(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
