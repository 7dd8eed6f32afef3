import { randomUUID } from "node:crypto";
import { createTransport } from "nodemailer";
import { splitAddress } from "../../address.js";
import type { IncomingMail } from "../../inbound/store-mail.js";
import type { StoredMail } from "../stored-mails.js";
import { envelopeTo, fieldOf, pathOf } from "./sent-fields.js";

const awayNote = "I am out of the office until Monday, and will answer your email then.";

interface Reply {
  /** Empty: the usual note, if it is automatic. */
  readonly text: string;
  /** An out-of-office note, which no person has written. */
  readonly isAutomatic: boolean;
}

/**
 * What the visitor's mail program sends: a reply above a quotation of the email, to its Reply-To. Or, if it is automatic, a note without a
 * quotation, to its Return-Path, as RFC 3834 demands.
 */
export async function composeReply(mail: StoredMail, { text, isAutomatic }: Reply, now: Date): Promise<IncomingMail> {
  const messageId = fieldOf(mail, "message-id");
  const recipient = pathOf(fieldOf(mail, isAutomatic ? "return-path" : "reply-to"));
  const subject = mail.subject.replace(/^Re: /, "");
  const builder = createTransport({ streamTransport: true, buffer: true, newline: "windows" });
  const { message } = await builder.sendMail({
    from: { name: mail.name ?? "", address: mail.to },
    to: { name: "", address: recipient },
    messageId: `<${randomUUID()}@${splitAddress(mail.to).domain}>`,
    inReplyTo: messageId,
    references: `${fieldOf(mail, "references")} ${messageId}`.trim(),
    subject: isAutomatic ? `Automatic reply: ${subject}` : `Re: ${subject}`,
    date: now,
    text: isAutomatic ? text || awayNote : `${text}\n\n${quote(mail)}`,
    ...(isAutomatic && { headers: { "Auto-Submitted": "auto-replied" } }),
    xMailer: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const raw = Buffer.isBuffer(message) ? message : Buffer.from(String(message));
  return { raw, envelope: envelopeTo(recipient, isAutomatic ? "" : mail.to) };
}

const dateFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

function quote({ from, sentAt, text }: StoredMail): string {
  const lines = text.trimEnd().split("\n");
  return [`On ${dateFormat.format(new Date(sentAt))}, ${from} wrote:`, ...lines.map((line) => `> ${line}`)].join("\n");
}
