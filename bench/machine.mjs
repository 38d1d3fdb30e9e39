import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

const FILE_SYSTEMS = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x794c7630, "overlayfs"],
  [0x01021994, "tmpfs"],
]);

/**
 * What the figures depend on.
 * @param {string} folder where the data lies
 */
export function describeMachine(folder) {
  const processors = cpus();
  const type = statfsSync(folder).type;
  return {
    processors: `${processors.length} × ${processors[0]?.model.trim()}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    fileSystem: FILE_SYSTEMS.get(type) ?? `0x${type.toString(16)}`,
    node: process.version,
    commit: commit(),
    /** Processes that wanted to run before the bench began; more than about 0.5 makes the figures doubtful. */
    loadBefore: loadavg()[0] ?? 0,
  };
}

/**
 * What stands above a table of figures.
 * @param {ReturnType<typeof describeMachine>} machine
 * @param {string} date ISO 8601
 */
export function headingOf(machine, date) {
  const { processors, memoryGiB, kernel, fileSystem, node, commit, loadBefore } = machine;
  const place = `${processors}, ${memoryGiB} GiB, Linux ${kernel}, ${fileSystem}, Node ${node}`;
  return `${date.slice(0, 10)}, commit ${commit}: ${place}. Load before: ${loadBefore.toFixed(2)}.`;
}

function commit() {
  try {
    const args = ["describe", "--always", "--dirty"];
    return execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return "unknown";
  }
}
