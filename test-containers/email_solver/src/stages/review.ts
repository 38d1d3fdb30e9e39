import { completeAgent, logAction, spawnAgent, withContext } from "container-hook-agent";
import { z } from "zod";
import type { Draft, DraftedMail, EnrichedMail, Outcome } from "../mail.js";
import type { Mailbox } from "../mailbox.js";
import type { Model } from "../model.js";
import { replyMessage } from "../reply.js";
import type { Services } from "../services/services.js";

const Review = z.object({ isApproved: z.boolean(), remark: z.string() });

const RULES = `You review what a paragliding school is about to answer. An answer is approved if it is in the language of
the letter, friendly, and true to what is known. Answer with JSON alone: {"isApproved": true, "remark": "<one sentence>"}`;

export class NotApproved extends Error {
  constructor(remark: string) {
    super(`the reviewer does not approve: ${remark}`);
    this.name = "NotApproved";
  }
}

/** Has a reviewer of its own look at each answer, then does what it says. */
export function createReview(
  model: Model,
  mailbox: Mailbox,
  { calendar }: Services,
): (drafted: DraftedMail) => Promise<Outcome> {
  return async (drafted) => {
    const { mail, kind, draft, customer } = drafted;
    const { id } = mail;
    if (draft === undefined) {
      const isFraud = kind === "fraud";
      mailbox.file(id, isFraud ? "quarantine" : "done");
      logAction({ type: "mail_filed", input: { id, kind }, output: isFraud ? "quarantine" : "done" });
      return { id, kind, result: isFraud ? "quarantined" : "not answered" };
    }
    await approve(model, drafted, draft);
    const { hold } = draft;
    const by = customer?.number ?? mail.from.address;
    if (hold !== undefined)
      calendar.record.call("hold", { ...hold, by }, () => calendar.of.hold(hold.slot, hold.seats, by));
    const message = await replyMessage(mail, draft);
    const file = mailbox.send(id, message);
    const written = { file, to: mail.replyTo, bytes: message.length };
    logAction({ type: "file_write", tool: "outbox", input: written });
    mailbox.file(id, "done");
    return { id, kind, result: "answered", file };
  };
}

async function approve(model: Model, { mail, kind, slots }: EnrichedMail, draft: Draft): Promise<void> {
  const agentId = spawnAgent({
    agentId: `reviewer-${mail.id}`,
    type: "reviewer",
    parentAgentId: "email-solver",
    task: `Review the answer to ${mail.id}`,
  });
  const question = `Letter ${mail.id}, a ${kind}:\n${mail.text}\n\nFree: ${JSON.stringify(slots)}\n\nThe answer: ${JSON.stringify(draft)}`;
  try {
    const { isApproved, remark } = await withContext({ agentId }, () => model.ask(Review, RULES, question));
    if (!isApproved) throw new NotApproved(remark);
    completeAgent(agentId, { status: "completed", result: remark });
  } catch (error) {
    completeAgent(agentId, { status: "failed", error: (error as Error).message });
    throw error;
  }
}
