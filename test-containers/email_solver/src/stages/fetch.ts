import { convert } from "html-to-text";
import iconv from "iconv-lite";
import PostalMime, { type Email } from "postal-mime";
import type { Mail, SenderAuthentication } from "../mail.js";
import type { Mailbox } from "../mailbox.js";

/** A letter that is not what it says of itself. */
export class BadCharset extends Error {
  constructor(declared: string) {
    super(`the text is not in ${declared}, as the letter says it is`);
    this.name = "BadCharset";
  }
}

/** What mail programs that declare too much mostly write in. */
const LIKELY_CHARSET = "windows-1252";
const REPLACEMENT = "\uFFFD";

/** Takes letters at their word at first; one that failed is read again in the charset it most likely is in. */
export function createFetch(mailbox: Mailbox): (id: string) => Promise<Mail> {
  const unreadable = new Set<string>();
  return async (id) => {
    const raw = mailbox.read(id);
    const declared = declaredCharset(raw);
    const charset = unreadable.has(id) ? LIKELY_CHARSET : declared;
    const email = await PostalMime.parse(charset === declared ? raw : asUtf8(raw, charset));
    const text = textOf(email);
    if (text.includes(REPLACEMENT)) {
      unreadable.add(id);
      throw new BadCharset(charset);
    }
    return mailOf(id, email, text, charset);
  };
}

function mailOf(id: string, email: Email, text: string, charset: string): Mail {
  const { from, replyTo, subject, date, messageId } = email;
  const address = from?.address ?? "";
  return {
    id,
    messageId,
    from: { name: from?.name ?? "", address },
    replyTo: replyTo?.[0]?.address ?? address,
    subject: subject ?? "",
    date,
    text,
    charset,
    attachments: email.attachments.map(({ filename, mimeType, content }, at) => ({
      name: filename ?? `part-${at + 1}`,
      type: mimeType,
      content: bytesOf(content),
    })),
    authentication: authenticationOf(headerOf(email, "authentication-results")),
    isAutomatic: isAutomatic(email),
  };
}

function textOf({ text, html }: Email): string {
  if (text !== undefined && text.trim() !== "") return text.trim();
  return html === undefined ? "" : convert(html, { wordwrap: false }).trim();
}

const bytesOf = (content: ArrayBuffer | Uint8Array | string): Uint8Array =>
  typeof content === "string" ? Buffer.from(content) : new Uint8Array(content);

/** Of the first part that has one. The headers of a letter are read as bytes: they may hold any. */
function declaredCharset(raw: Buffer): string {
  const found = /^content-type:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*?charset="?([\w-]+)/im.exec(
    raw.toString("latin1"),
  );
  return (found?.[1] ?? "us-ascii").toLowerCase();
}

/** For letters in 8 bits that say they are in UTF-8. Node's own decoder takes the quotes of windows-1252 for control characters. */
const asUtf8 = (raw: Buffer, charset: string): Buffer => Buffer.from(iconv.decode(raw, charset), "utf8");

const headerOf = (email: Email, name: string): string =>
  email.headers.find(({ key }) => key === name)?.value ?? "";

function authenticationOf(results: string): SenderAuthentication {
  const resultOf = (method: string): string => new RegExp(`\\b${method}=(\\w+)`).exec(results)?.[1] ?? "none";
  return { spf: resultOf("spf"), dkim: resultOf("dkim"), dmarc: resultOf("dmarc") };
}

function isAutomatic(email: Email): boolean {
  const submitted = headerOf(email, "auto-submitted");
  return (submitted !== "" && submitted !== "no") || headerOf(email, "return-path") === "<>";
}
