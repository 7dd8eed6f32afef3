import type { Outbound } from "afterchat/channel";
import type { MailBody } from "../template/template-contract.js";
import type { AttachedFile } from "./attached-files.js";
import type { WrittenMail } from "./render-mail.js";
import type { ReturnAddresses } from "./return-addresses.js";
import { feedbackId, threadIndex } from "./thread-headers.js";
import { type ThreadOfMail, threadOf } from "./threading.js";

/** A mail ready to be sent, or kept in the mailbox. */
export interface ComposedMail {
  readonly from: { readonly name: string; readonly address: string };
  readonly replyTo: string;
  readonly to: string;
  /** What the SMTP dialogue says, which bounces go by. */
  readonly envelope: { readonly from: string; readonly to: string };
  /** With angle brackets; the same in every attempt of a delivery. */
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly subject: string;
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly AttachedFile[];
  /** Comes back in `Outbound.thread` once the mail was accepted. */
  readonly thread: ThreadOfMail;
}

const AUTOMATIC_MAIL = {
  // RFC 3834: no vacation notice answers such a mail.
  "Auto-Submitted": "auto-generated",
  // The same for Exchange. Not "All": that would suppress bounces too.
  "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
  // RFC 8058: the mail program's own button ends the emails at once.
  "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
};

/**
 * Pure: the mail that a delivery is, `now` being its date.
 * @param body what a template made of `written`
 */
export function composeMail(
  outbound: Outbound<string>,
  written: WrittenMail,
  body: MailBody,
  addresses: ReturnAddresses,
  now: Date,
): ComposedMail {
  const thread = threadOf(outbound, addresses.threadRoot(outbound.conversation.id));
  const subject = thread.subject ?? body.subject;
  return {
    from: { name: written.sender, address: addresses.from },
    replyTo: addresses.reply(outbound.conversation.id),
    to: outbound.address,
    envelope: { from: addresses.bounce(outbound.deliveryId), to: outbound.address },
    messageId: `<${outbound.reference}@${addresses.domain}>`,
    inReplyTo: thread.inReplyTo,
    references: thread.references,
    subject: thread.inReplyTo === null ? subject : `Re: ${subject}`,
    date: now,
    headers: {
      ...AUTOMATIC_MAIL,
      "List-Unsubscribe": `<${written.content.optOut.link}>`,
      "Feedback-ID": feedbackId(outbound.kind, addresses.domain),
      "Thread-Index": threadIndex(thread.root, outbound.conversation.startedAt),
    },
    text: body.text,
    html: body.html,
    attachments: written.attachments,
    thread: { subject, root: thread.root, sentAt: now.toISOString() },
  };
}
