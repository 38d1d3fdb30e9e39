import { run } from "./run.js";

const USAGE = `hook-agent: puts command-line agents on record in the session storage service

  hook-agent run [--keep-open] [--wait SECONDS] -- COMMAND [ARGUMENT...]

SESSION_SERVICE_URL says where the service listens, SESSION_ID which session to record into, SESSION_USER_ID whose it is.
`;

const EXIT_USAGE = 2;
const DEFAULT_WAIT_S = 5;

export async function main(args: readonly string[]): Promise<void> {
  const [verb, ...rest] = args;
  if (verb === "run") {
    const end = rest.indexOf("--");
    const [command, ...commandArgs] = rest.slice(end + 1);
    if (end !== -1 && command !== undefined) {
      const own = rest.slice(0, end);
      const wait = own.indexOf("--wait");
      const waitS = wait === -1 ? DEFAULT_WAIT_S : Number(own[wait + 1]);
      await run({ command, args: commandArgs, keepOpen: own.includes("--keep-open"), waitMs: waitS * 1_000 });
      return;
    }
  }
  process.stderr.write(USAGE);
  process.exitCode = EXIT_USAGE;
}
