import MailComposer from "nodemailer/lib/mail-composer";
import type { Draft, Mail } from "./mail.js";

const OFFICE = "Office Fly Achensee <office@fly-achensee.example>";

/** The answer as a letter that mail programs file under the one it answers. */
export function replyMessage(mail: Mail, { subject, body }: Draft): Promise<Buffer> {
  const { messageId } = mail;
  const composer = new MailComposer({
    from: OFFICE,
    to: { name: mail.from.name, address: mail.replyTo },
    subject,
    text: body,
    ...(messageId !== undefined && { inReplyTo: messageId, references: messageId }),
    headers: { "Auto-Submitted": "auto-replied" },
  });
  return composer.compile().build();
}
