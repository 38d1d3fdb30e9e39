import fs from "node:fs";
import os from "node:os";

/** Which process a spool belongs to. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** The namespace the pid is one of, and what tells the process from a later one of the same pid; null where the system does not say. */
  readonly namespace: string | null;
  readonly processStart: string | null;
}

export function thisProcess(): Owner {
  const { pid } = process;
  return { pid, host: os.hostname(), namespace: pidNamespace(), processStart: statOf(pid)?.start ?? null };
}

export function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

/** Undefined where that cannot be known from here, as of a process in another container. */
export function isAlive({ pid, host, namespace, processStart }: Owner): boolean | undefined {
  if (host !== os.hostname() || namespace !== pidNamespace()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const stat = statOf(pid);
  if (stat === undefined) return processStart === null;
  return stat.start === processStart && !ENDED.has(stat.state);
}

/** A zombie has ended; only its parent has not taken notice yet. */
const ENDED = new Set(["Z", "X"]);

function pidNamespace(): string | null {
  try {
    return fs.readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}

/** Fields 3 and 22 of /proc/<pid>/stat (proc(5)): the state, and clock ticks from boot to the process's start. */
function statOf(pid: number): { state: string; start: string } | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", start: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}
