import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/**
 * The libraries that are measured, each by a program that takes its task as JSON and prints its result as JSON; see
 * `caller.mjs` for the tasks and the results.
 * @type {readonly { name: string, command: string, args: readonly string[] }[]}
 */
export const languages = [
  { name: "Node", command: process.execPath, args: [join(import.meta.dirname, "caller.mjs")] },
  {
    name: "Python",
    command: "bash",
    args: [join(ROOT, "scripts/python.sh"), join(ROOT, "container-hook-agent-python/bench/caller.py")],
  },
];
