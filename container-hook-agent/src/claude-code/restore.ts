import fs from "node:fs";
import path from "node:path";
import type { SessionOfProject, TranscriptKey } from "../transcripts/key.js";
import { persist } from "../transcripts/persist.js";
import type { Places } from "../transcripts/places.js";
import type { TranscriptClient } from "../transcripts/transcript-client.js";
import { objectOf, parseObject } from "../conversation/fields.js";
import { projectKeyOf, projectsFolder } from "./project-folder.js";
import type { Resumed } from "./resumed.js";

export interface RestoreOptions {
  readonly client: TranscriptClient;
  readonly places: Places;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly random: () => number;
}

/**
 * Puts the transcripts of a conversation where Claude Code looks for them, unless some are there already. Answers whether
 * it did. @throws SessionStoreError
 */
export async function restore(resumed: Resumed, options: RestoreOptions): Promise<boolean> {
  const projects = projectsFolder(options.env);
  const projectKey = projectKeyOf(options.cwd, options.env);
  if (isThere(projects, projectKey, resumed)) return false;
  return persist(async () => {
    const sessionId = resumed === "latest" ? await latestOf(projectKey, options) : resumed.sessionId;
    if (sessionId === undefined) return false;
    return putBack({ projectKey, sessionId }, path.join(projects, projectKey), options);
  }, options);
}

/** What is in the container is newer than what is kept, or the same. */
function isThere(projects: string, projectKey: string, resumed: Resumed): boolean {
  if (resumed === "latest") return namesIn(path.join(projects, projectKey)).some(isTranscript);
  const file = `${resumed.sessionId}.jsonl`;
  return namesIn(projects).some((project) => fs.existsSync(path.join(projects, project, file)));
}

async function latestOf(projectKey: string, { client, places }: RestoreOptions): Promise<string | undefined> {
  const sessions = await client.sessions(places.project(projectKey));
  return sessions.sort((one, other) => other.mtime - one.mtime)[0]?.sessionId;
}

/** The main transcript comes last: with it the conversation is there. */
async function putBack(
  session: SessionOfProject,
  folder: string,
  { client, places }: RestoreOptions,
): Promise<boolean> {
  const place = await places.locate(session);
  for (const subpath of await client.subkeys(place)) {
    const file = path.join(folder, session.sessionId, `${subpath}.jsonl`);
    if (isInside(file, path.join(folder, session.sessionId)))
      await write({ ...place, subpath }, file, client);
  }
  return write(place, path.join(folder, `${session.sessionId}.jsonl`), client);
}

async function write(key: TranscriptKey, file: string, client: TranscriptClient): Promise<boolean> {
  const temporary = `${file}.${process.pid}.new`;
  let metadata: string | undefined;
  let lines = 0;
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const out = fs.openSync(temporary, "w", 0o600);
  try {
    for await (const text of client.entries(key)) {
      const isMetadata = objectOf(parseObject(text))?.type === "agent_metadata";
      if (isMetadata) metadata = text;
      else fs.writeSync(out, `${text}\n`);
      if (!isMetadata) lines += 1;
    }
    if (metadata !== undefined) writeMetadata(file, metadata);
    if (lines > 0) fs.renameSync(temporary, file);
    return lines > 0;
  } finally {
    fs.closeSync(out);
    fs.rmSync(temporary, { force: true });
  }
}

function writeMetadata(file: string, text: string): void {
  const { type: _, ...fields } = parseObject(text) ?? {};
  fs.writeFileSync(file.replace(/\.jsonl$/, ".meta.json"), JSON.stringify(fields), { mode: 0o600 });
}

/** A subpath comes from whoever wrote to the service. */
function isInside(file: string, folder: string): boolean {
  return !file.includes("\0") && path.resolve(file).startsWith(path.resolve(folder) + path.sep);
}

const isTranscript = (name: string): boolean => name.endsWith(".jsonl");

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
