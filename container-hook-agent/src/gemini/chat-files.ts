import { readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseObject, textOf } from "../conversation/fields.js";
import { firstLineOf } from "../conversation/first-line.js";
import { readText } from "./own-telemetry.js";

/** The file of a chat, and what its first line says. */
export interface ChatFile {
  readonly path: string;
  readonly sessionId: string | undefined;
  /** Not a number: it is not written yet. */
  readonly startedAtMs: number;
}

/** Where the chats of sub-agents are, by that of their parent. */
export const subAgentFolderOf = (chatPath: string, sessionId: string): string =>
  join(dirname(chatPath), sessionId);

/** The id of each sub-agent that has a chat in a folder, with its file. */
export const subAgentChatsIn = (folder: string): [id: string, file: string][] =>
  listed(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => [basename(name, ".jsonl"), join(folder, name)]);

const projectsIn = (geminiFolder: string): string[] =>
  listed(join(geminiFolder, "tmp")).map((name) => join(geminiFolder, "tmp", name));

const chatPathsIn = (project: string): string[] =>
  listed(join(project, "chats"))
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => join(project, "chats", name));

const ID_LENGTH = 8;

/** Its name ends with the beginning of the session's id. */
export function chatOf(geminiFolder: string, sessionId: string): ChatFile | undefined {
  const end = `-${sessionId.slice(0, ID_LENGTH)}.jsonl`;
  const paths = projectsIn(geminiFolder).flatMap(chatPathsIn);
  return paths
    .filter((path) => path.endsWith(end))
    .map(readChatFile)
    .find((chat) => chat.sessionId === sessionId);
}

/** The main chat of the project in this folder that began since then, if there is one and no other. */
export function onlyChatSince(geminiFolder: string, cwd: string, sinceMs: number): ChatFile | undefined {
  const root = realpathSync(cwd);
  const own = projectsIn(geminiFolder).filter(
    (path) => readText(join(path, ".project_root")).trim() === root,
  );
  const chats = own.flatMap(chatPathsIn).map(readChatFile);
  const [only, ...others] = chats.filter(({ startedAtMs }) => startedAtMs >= sinceMs);
  return others.length === 0 ? only : undefined;
}

const FIRST_LINE_BYTES = 64 * 1024;

export function readChatFile(path: string): ChatFile {
  const meta = parseObject(firstLineOf(path, FIRST_LINE_BYTES) ?? "");
  return {
    path,
    sessionId: textOf(meta?.sessionId),
    startedAtMs: Date.parse(textOf(meta?.startTime) ?? ""),
  };
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
