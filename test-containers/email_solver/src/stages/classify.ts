import { logAction } from "container-hook-agent";
import { z } from "zod";
import { KINDS, type ClassifiedMail, type Mail } from "../mail.js";
import type { Model } from "../model.js";

const Classification = z.object({
  kind: z.enum(KINDS),
  language: z.string(),
  day: z.iso.date().nullish(),
  why: z.string(),
});

const RULES = `You classify letters to a paragliding school. Answer with JSON alone:
{"kind": ${KINDS.map((kind) => `"${kind}"`).join(" | ")}, "language": "<ISO 639-1>", "day": "<ISO date the letter is about>" or null, "why": "<one sentence>"}`;

/** What a letter wants. Whether its sender is who they say is decided without the model. */
export function createClassify(model: Model): (mail: Mail) => Promise<ClassifiedMail> {
  return async (mail) => {
    const suspicion = authenticate(mail);
    if (suspicion !== undefined) return decided(mail, "fraud", suspicion);
    if (mail.isAutomatic) return decided(mail, "automatic", "it says that no person has sent it");
    const { day, ...classification } = await model.ask(Classification, RULES, shown(mail));
    return { mail, ...classification, day: day ?? undefined };
  };
}

const decided = (mail: Mail, kind: "fraud" | "automatic", why: string): ClassifiedMail => ({
  mail,
  kind,
  why,
  language: "en",
  day: undefined,
});

/** Answers why the sender is not to be believed, if so. */
function authenticate({ from, replyTo, authentication, isAutomatic }: Mail): string | undefined {
  const { spf, dmarc } = authentication;
  const isForged = !isAutomatic && (spf === "fail" || dmarc === "fail");
  const suspicion = `${from.address} did not send it (SPF ${spf}, DMARC ${dmarc}), answers would go to ${replyTo}`;
  logAction({
    type: "authentication",
    service: "sender",
    method: "spf+dkim+dmarc",
    input: { from: from.address, ...authentication },
    outcome: isForged ? "refused" : "granted",
    ...(isForged && { error: suspicion }),
  });
  return isForged ? suspicion : undefined;
}

export const shown = ({ id, from, date, subject, text }: Mail): string =>
  `Letter ${id}\nFrom: ${from.name} <${from.address}>\nDate: ${date ?? "unknown"}\nSubject: ${subject}\n\n${text}`;
