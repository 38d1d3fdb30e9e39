import { constants, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { beginningOf, firstLineOf } from "../conversation/first-line.js";
import { parseThreadMeta, type ThreadMeta } from "./rollout-line.js";

export interface RolloutFile {
  readonly path: string;
  readonly meta: ThreadMeta;
}

const ROLLOUT = /\/rollout-[^/]+\.jsonl$/;

/** The rollouts that a process writes, or those that one of the processes it has started does. */
export function rolloutsOpenIn(pid: number): string[] {
  let generation = [pid];
  for (let depth = 0; depth < MAX_DEPTH && generation.length > 0; depth += 1) {
    for (const each of generation) {
      const found = writtenFiles(each).filter((path) => ROLLOUT.test(path));
      // What Codex starts may be another Codex, whose threads are not this one's.
      if (found.length > 0) return [...new Set(found)];
    }
    generation = generation.flatMap(childrenOf);
  }
  return [];
}

/** A shell, the launcher and the program itself. */
const MAX_DEPTH = 4;

/** A fork opens the thread it goes on from as well, to read it. */
function writtenFiles(pid: number): string[] {
  const names = listed(`/proc/${pid}/fd`).filter((name) => isWritten(pid, name));
  return names.flatMap((name) => quietly(() => readlinkSync(`/proc/${pid}/fd/${name}`)) ?? []);
}

/** By the flags it was opened with, in octal: proc_pid_fdinfo(5). */
function isWritten(pid: number, name: string): boolean {
  const info = quietly(() => readFileSync(`/proc/${pid}/fdinfo/${name}`, "utf8")) ?? "";
  const flags = parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? "0", 8);
  return (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0;
}

function childrenOf(pid: number): number[] {
  const tasks = listed(`/proc/${pid}/task`);
  const texts = tasks.map((task) => beginningOf(`/proc/${pid}/task/${task}/children`, CHILDREN_BYTES));
  return texts.flatMap((text) => text.split(" ").filter(Boolean).map(Number));
}

const CHILDREN_BYTES = 64 * 1024;

/** The rollouts below a folder that were written to since then, of its newest days. */
export function rolloutsSince(folder: string, sinceMs: number): string[] {
  const days = newest(folder).flatMap((year) => newest(year).flatMap((month) => newest(month)));
  return days.flatMap((day) => {
    const paths = listed(day).map((name) => join(day, name));
    return paths.filter((path) => ROLLOUT.test(path) && modifiedMs(path) >= sinceMs);
  });
}

/** Two: a run may go on past midnight, and the last day of a year. */
function newest(folder: string): string[] {
  const names = listed(folder).filter((name) => /^\d+$/.test(name));
  return names
    .sort()
    .slice(-2)
    .map((name) => join(folder, name));
}

const modifiedMs = (path: string): number => quietly(() => statSync(path).mtimeMs) ?? 0;

/** Undefined: its first line is not written yet, or is none of a rollout. */
export function readThreadMeta(path: string): ThreadMeta | undefined {
  const line = firstLineOf(path, FIRST_LINE_BYTES);
  return line === undefined ? undefined : parseThreadMeta(line);
}

/** It has the model's instructions. */
const FIRST_LINE_BYTES = 1024 * 1024;

const listed = (folder: string): string[] => quietly(() => readdirSync(folder)) ?? [];

/** Files and processes go away while they are looked at. */
function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
