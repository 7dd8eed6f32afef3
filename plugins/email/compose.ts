import type { Outbound } from "afterchat/channel";
import type { AttachedFile, FilesInMail } from "./attached-files.js";
import { companyName, mailContent, pendingAuthors } from "./content.js";
import { fitContent } from "./fit-content.js";
import type { ReturnAddresses } from "./return-addresses.js";
import { textBody } from "./text-body.js";
import { texts } from "./texts.js";
import { type ThreadOfMail, threadOf } from "./threading.js";
import { visitorTimes } from "./times.js";

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

/** More names than this are no sender any more. */
const MAX_NAMES_IN_FROM = 2;

const AUTOMATIC_MAIL = {
  // RFC 3834: no vacation notice answers such a mail.
  "Auto-Submitted": "auto-generated",
  // The same for Exchange. Not "All": that would suppress bounces too.
  "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
};

/** Pure: the mail that a delivery is, `now` being its date. */
export function composeMail(
  outbound: Outbound<string>,
  files: FilesInMail,
  addresses: ReturnAddresses,
  now: Date,
): ComposedMail {
  const company = companyName(outbound);
  const thread = threadOf(outbound, addresses.threadRoot(outbound.conversation.id));
  const day = visitorTimes(outbound.visitor).day(outbound.conversation.startedAt);
  const subject = thread.subject ?? texts.subject(company, day);
  const { content, html } = fitContent(mailContent(outbound, files));
  return {
    from: { name: senderName(outbound, company), address: addresses.from },
    replyTo: addresses.reply(outbound.conversation.id),
    to: outbound.address,
    envelope: { from: addresses.bounce(outbound.deliveryId), to: outbound.address },
    messageId: `<${outbound.reference}@${addresses.domain}>`,
    inReplyTo: thread.inReplyTo,
    references: thread.references,
    subject: thread.inReplyTo === null ? subject : texts.answerTo(subject),
    date: now,
    headers: AUTOMATIC_MAIL,
    text: textBody(content),
    html,
    // Of the messages that found room; a file without its message would say nothing.
    attachments: content.messages.flatMap((message) => message.files.flatMap(({ attached }) => attached ?? [])),
    thread: { subject, root: thread.root, sentAt: now.toISOString() },
  };
}

function senderName(outbound: Outbound<string>, company: string): string {
  const authors = pendingAuthors(outbound);
  return authors.length === 0 || authors.length > MAX_NAMES_IN_FROM ? company : texts.sender(authors, company);
}
