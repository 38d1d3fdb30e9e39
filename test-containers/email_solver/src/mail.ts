/** A letter, as it is read from the mailbox. */
export interface Mail {
  /** The name of its file, without the ending. */
  readonly id: string;
  readonly messageId: string | undefined;
  readonly from: Sender;
  /** Where an answer goes to. */
  readonly replyTo: string;
  readonly subject: string;
  readonly date: string | undefined;
  readonly text: string;
  /** In which the text really was. */
  readonly charset: string;
  readonly attachments: readonly Attachment[];
  readonly authentication: SenderAuthentication;
  /** Nobody wrote it, and nobody reads an answer. */
  readonly isAutomatic: boolean;
}

export interface Sender {
  readonly name: string;
  readonly address: string;
}

export interface Attachment {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

/** What the receiving server found out about the sender (RFC 8601). */
export interface SenderAuthentication {
  readonly spf: string;
  readonly dkim: string;
  readonly dmarc: string;
}

export const KINDS = ["booking", "rebooking", "voucher", "group", "question", "automatic", "fraud"] as const;
export type Kind = (typeof KINDS)[number];

export interface ClassifiedMail {
  readonly mail: Mail;
  readonly kind: Kind;
  readonly language: string;
  /** The day the letter is about. */
  readonly day: string | undefined;
  readonly why: string;
}

export interface EnrichedMail extends ClassifiedMail {
  readonly customer: Customer | undefined;
  readonly slots: readonly FreeSlot[];
  readonly kept: readonly KeptAttachment[];
}

export interface Customer {
  readonly number: string;
  readonly name: string;
  readonly address: string;
  readonly since: number;
  readonly flights: number;
}

export interface FreeSlot {
  readonly slot: string;
  readonly day: string;
  readonly start: string;
  readonly free: number;
}

export interface KeptAttachment {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly file: string;
}

export interface Draft {
  readonly subject: string;
  readonly body: string;
  /** The seats the answer promises. */
  readonly hold?: { readonly slot: string; readonly seats: number } | undefined;
}

export interface DraftedMail extends EnrichedMail {
  /** Undefined: it is not answered. */
  readonly draft: Draft | undefined;
}

export interface Outcome {
  readonly id: string;
  readonly kind: Kind;
  readonly result: "answered" | "not answered" | "quarantined";
  /** What was sent, where something was. */
  readonly file?: string;
}
