import { addGoal, pipeline, updateGoal, updateState } from "container-hook-agent";
import type { Outcome } from "./mail.js";
import type { Mailbox } from "./mailbox.js";
import type { Model } from "./model.js";
import type { Services } from "./services/services.js";
import { createClassify } from "./stages/classify.js";
import { createDraft } from "./stages/draft.js";
import { createEnrich } from "./stages/enrich.js";
import { createFetch } from "./stages/fetch.js";
import { createReview } from "./stages/review.js";

export interface Solved {
  readonly outcomes: readonly Outcome[];
  readonly failed: readonly string[];
}

/** Takes every letter of the inbox through the five stages, the oldest first. One that fails does not keep the rest. */
export async function solve(
  mailbox: Mailbox,
  services: Services,
  model: Model,
  stop: AbortSignal,
): Promise<Solved> {
  const stages = pipeline<string>("email-solver")
    .stage("fetch", createFetch(mailbox), { attempts: 2 })
    .stage("classify", createClassify(model), { attempts: 2 })
    .stage("enrich", createEnrich(services))
    .stage("draft", createDraft(model), { attempts: 2 })
    .stage("review", createReview(model, mailbox, services));
  const isStopped = (): boolean => stop.aborted;
  const outcomes: Outcome[] = [];
  const failed: string[] = [];
  const ids = mailbox.list();
  for (const id of ids) addGoal({ id: `mail-${id}`, description: `Solve letter ${id}` });
  for (const [at, id] of ids.entries()) {
    if (isStopped()) break;
    updateState({ currentStep: id, inbox: { letters: ids.length, solved: at } });
    updateGoal(`mail-${id}`, { status: "in_progress" });
    try {
      const outcome = await stages.run(id);
      outcomes.push(outcome);
      updateGoal(`mail-${id}`, { status: "completed", result: outcome.result });
    } catch (error) {
      if (isStopped()) break;
      failed.push(id);
      updateGoal(`mail-${id}`, { status: "failed", error: (error as Error).message });
    }
  }
  updateState({ inbox: { letters: ids.length, solved: outcomes.length } });
  return { outcomes, failed };
}
