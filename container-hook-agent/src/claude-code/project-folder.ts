import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { SessionOfProject } from "../transcripts/key.js";

const MAX_KEY = 200;
const PROJECT_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Where Claude Code keeps the transcripts of all projects. */
export function projectsFolder(env: NodeJS.ProcessEnv): string {
  return join(env.CLAUDE_CONFIG_DIR ?? join(env.HOME ?? homedir(), ".claude"), "projects");
}

/** What Claude Code calls the project of a working directory. */
export function projectKeyOf(cwd: string, env: NodeJS.ProcessEnv): string {
  const { CLAUDE_CONFIG_DIR: config, CLAUDE_CODE_PROJECT_DIR_NAME: name } = env;
  if (config !== undefined && name !== undefined && PROJECT_NAME.test(name)) return name;
  const path = realPath(cwd);
  const key = path.replace(/[^a-zA-Z0-9]/g, "-");
  return key.length <= MAX_KEY ? key : `${key.slice(0, MAX_KEY)}-${hashOf(path)}`;
}

/** Of a main transcript's file. */
export function sessionOf(file: string): SessionOfProject {
  return { projectKey: basename(dirname(file)), sessionId: basename(file, ".jsonl") };
}

function realPath(cwd: string): string {
  try {
    return realpathSync(cwd);
  } catch {
    return resolve(cwd);
  }
}

/** As Claude Code has it: 31 times what was before, plus each UTF-16 unit, in 32 bits. */
function hashOf(path: string): string {
  let hash = 0;
  for (let at = 0; at < path.length; at += 1) hash = ((hash << 5) - hash + path.charCodeAt(at)) | 0;
  return Math.abs(hash).toString(36);
}
