import { constants } from "node:os";
import {
  addGoal,
  close,
  completeAgent,
  finalizeSession,
  spawnAgent,
  updateGoal,
  updateState,
} from "container-hook-agent";
import { login } from "./login.js";
import { Mailbox } from "./mailbox.js";
import { createModel } from "./model.js";
import { startServices } from "./services/services.js";
import { readSettings, SHIPPED } from "./settings.js";
import { solve, type Solved } from "./solver.js";

const AGENT = "email-solver";
const GOAL = "inbox";

async function work(stop: AbortSignal): Promise<Solved> {
  const settings = readSettings(process.env);
  const { WORKSPACE, MAILBOX_USER, MAILBOX_PASSWORD } = settings;
  addGoal({ id: GOAL, description: "No letter is left in the inbox", priority: "high" });
  spawnAgent({ agentId: AGENT, type: "pipeline", task: "Solve the letters of the inbox" });
  updateState({ phase: "login", workspace: { cwd: WORKSPACE } });
  const mailbox = Mailbox.at(WORKSPACE, SHIPPED, MAILBOX_USER, MAILBOX_PASSWORD);
  login(mailbox, MAILBOX_USER, MAILBOX_PASSWORD);
  const services = startServices(WORKSPACE);
  updateState({ phase: "solving" });
  const model = createModel(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.MODEL, stop);
  const solved = await solve(mailbox, services, model, stop);
  services.stop();
  return solved;
}

/** Answers the exit code. */
async function end({ outcomes, failed }: Solved): Promise<number> {
  const isGood = failed.length === 0;
  const count = (result: string): number => outcomes.filter((outcome) => outcome.result === result).length;
  const outcome = `${count("answered")} answered, ${count("not answered")} not to be answered, ${count("quarantined")} quarantined, ${failed.length} failed`;
  completeAgent(AGENT, { status: isGood ? "completed" : "failed", result: outcome });
  updateGoal(GOAL, { status: isGood ? "completed" : "failed" });
  updateState({ phase: isGood ? "completed" : "failed", currentStep: null });
  await finalizeSession({ status: isGood ? "success" : "failure", outcome, response: outcomes });
  await close();
  console.log(outcome);
  return isGood ? 0 : 1;
}

/** A stopped session stays open: the next container goes on with what is left. */
async function main(): Promise<number> {
  const stop = new AbortController();
  let stoppedBy: "SIGTERM" | "SIGINT" | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      stoppedBy = signal;
      stop.abort();
    });
  }
  const solved = await work(stop.signal);
  if (stoppedBy === undefined) return end(solved);
  updateState({ phase: "stopped", currentStep: null });
  await close();
  return 128 + constants.signals[stoppedBy];
}

process.exitCode = await main();
