import { z } from "zod";
import type { DraftedMail, EnrichedMail } from "../mail.js";
import { UnusableAnswer, type Model } from "../model.js";
import { shown } from "./classify.js";

const Draft = z.object({
  subject: z.string().min(1),
  body: z.string().min(20),
  hold: z.object({ slot: z.string(), seats: z.number().int().positive() }).optional(),
});

const RULES = `You draft the answers of a paragliding school, in the language of the letter. Promise no flight that has not
enough free seats. Answer with JSON alone:
{"subject": "…", "body": "…", "hold": {"slot": "…", "seats": 2}}, "hold" only where seats are promised.`;

/** Writes the answer. A second attempt is told what was wrong with the first. */
export function createDraft(model: Model): (enriched: EnrichedMail) => Promise<DraftedMail> {
  const problems = new Map<string, string>();
  return async (enriched) => {
    const { mail, kind } = enriched;
    if (kind === "automatic" || kind === "fraud") return { ...enriched, draft: undefined };
    const problem = problems.get(mail.id);
    const again = problem === undefined ? "" : `\n\nYour last answer was of no use: ${problem}`;
    try {
      const draft = await model.ask(Draft, RULES, `${questionOf(enriched)}${again}`);
      return { ...enriched, draft };
    } catch (error) {
      if (error instanceof UnusableAnswer) problems.set(mail.id, error.message);
      throw error;
    }
  };
}

function questionOf({ mail, kind, customer, slots, kept }: EnrichedMail): string {
  const known = { kind, customer: customer ?? "unknown", slots, attachments: kept };
  return `${shown(mail)}\n\nWhat is known: ${JSON.stringify(known)}`;
}
