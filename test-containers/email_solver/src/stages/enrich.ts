import type { ClassifiedMail, EnrichedMail, FreeSlot, KeptAttachment } from "../mail.js";
import type { Services } from "../services/services.js";

/** What the school knows that an answer needs. */
export function createEnrich(services: Services): (classified: ClassifiedMail) => EnrichedMail {
  const { customers, calendar, attachments } = services;
  return (classified) => {
    const { mail, kind, day } = classified;
    if (kind === "automatic" || kind === "fraud")
      return { ...classified, customer: undefined, slots: [], kept: [] };
    const { address } = mail.from;
    const customer = customers.record.call("find", { address }, () => customers.of.byAddress(address));
    const slots: FreeSlot[] =
      day === undefined ? [] : calendar.record.call("free", { day }, () => calendar.of.free(day));
    const kept: KeptAttachment[] = mail.attachments.map((attachment) => {
      const { name, type, content } = attachment;
      const about = { name, type, bytes: content.length };
      return attachments.record.call("keep", about, () => attachments.of.keep(attachment));
    });
    return { ...classified, customer, slots, kept };
  };
}
