import type { Outbound } from "afterchat/channel";
import type { MailBody } from "../template/template-contract.js";
import type { AttachedFile } from "./attached-files.js";
import type { RenderedMail } from "./render-mail.js";
import type { ReturnAddresses } from "./return-addresses.js";
import { feedbackId, threadIndex } from "./thread-headers.js";
import { computeThreading, type ThreadData } from "./threading.js";

/** An email ready to be sent, or stored in the dev mailbox. */
export interface ComposedMail {
  readonly from: { readonly name: string; readonly address: string };
  readonly replyTo: string;
  readonly to: string;
  /** Not part of the email's header. Null if it is unknown, or withheld. */
  readonly visitorName: string | null;
  /** Opens the conversation; the content has it too, unless a custom template leaves it out. */
  readonly link: string;
  /** The SMTP envelope; bounces are sent to its `from`. */
  readonly envelope: { readonly from: string; readonly to: string };
  /** With angle brackets; the same for every attempt of a delivery. */
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly subject: string;
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly AttachedFile[];
  /** Passed to later deliveries in `Outbound.thread` once the email was accepted. */
  readonly thread: ThreadData;
}

const STATIC_HEADERS = {
  // RFC 3834: prevents vacation notices.
  "Auto-Submitted": "auto-generated",
  // The same for Exchange. Not "All": that would suppress bounces too.
  "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
  // RFC 8058: the email client's own button unsubscribes with one click.
  "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
};

/**
 * Composes the email of a delivery.
 * @param rendered by the built-in template
 * @param body what the template in use made of `rendered`
 * @param now becomes the email's date
 */
export function composeMail(
  outbound: Outbound<string>,
  rendered: RenderedMail,
  body: MailBody,
  addresses: ReturnAddresses,
  now: Date,
): ComposedMail {
  const thread = computeThreading(outbound, addresses.threadRoot(outbound.conversation.id));
  const subject = thread.subject ?? body.subject;
  return {
    from: { name: rendered.sender, address: addresses.from },
    replyTo: addresses.replyTo(outbound.conversation.id),
    to: outbound.address,
    visitorName: outbound.visitor.name,
    link: outbound.links.conversation,
    envelope: { from: addresses.bounce(outbound.deliveryId), to: outbound.address },
    messageId: `<${outbound.reference}@${addresses.domain}>`,
    inReplyTo: thread.inReplyTo,
    references: thread.references,
    subject: thread.inReplyTo === null ? subject : `Re: ${subject}`,
    date: now,
    headers: {
      ...STATIC_HEADERS,
      "List-Unsubscribe": `<${rendered.content.optOut.url}>`,
      "Feedback-ID": feedbackId(outbound.kind, addresses.domain),
      "Thread-Index": threadIndex(thread.root, outbound.conversation.startedAt),
    },
    text: body.text,
    html: body.html,
    attachments: rendered.attachments,
    thread: { subject, root: thread.root, sentAt: now.toISOString() },
  };
}
