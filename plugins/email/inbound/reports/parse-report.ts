import { hasNullSender } from "../detect-auto-reply.js";
import type { InboundEnvelope } from "../envelope.js";
import { MailHeaders } from "../mail-headers.js";
import { parseAddresses } from "../parse-addresses.js";
import type { InboundMail, MailPart } from "../parse-mail.js";
import { parseArf } from "./parse-arf.js";
import { parseDsn } from "./parse-dsn.js";
import { parsePlainTextBounce } from "./plain-text-bounce.js";
import { referencesOf } from "./references.js";
import type { Report } from "./report.js";

const returnedMailTypes = new Set([
  "message/rfc822",
  "message/global",
  "text/rfc822-headers",
  "message/rfc822-headers",
  "message/global-headers",
]);
const maxReturnedMails = 10;

/** Parses a report of any format; null if the email is not a report. */
export function parseReport(mail: InboundMail, envelope: InboundEnvelope): Report | null {
  const returned = mail.parts
    .filter((part) => returnedMailTypes.has(part.contentType))
    .slice(0, maxReturnedMails)
    .map((part) => MailHeaders.read(part.content));
  const feedback = findPart(mail, "message/feedback-report");
  // A person may forward a report: then it is only one of several parts.
  if (feedback !== undefined && isReport(mail)) return parseArf(MailHeaders.read(feedback.content), returned);
  // Microsoft's Junk Mail Reporting Program attaches the email without a report.
  const isJunkReport = returned.some((headers) => headers.has("x-hmxmroriginalrecipient"));
  if (isJunkReport && isFrom(mail, /^staff@hotmail\.com$/i)) {
    return { outcome: "complained", by: "Microsoft (JMRP)", references: referencesOf(returned) };
  }
  const receipt = findPart(mail, "message/disposition-notification");
  if (receipt !== undefined && isReport(mail)) {
    const references = referencesOf([mail.headers, MailHeaders.read(receipt.content), ...returned]);
    return { outcome: "no-change", detail: "It says that an email was opened, or deleted unread.", references };
  }
  const status = findPart(mail, "message/delivery-status") ?? findPart(mail, "message/global-delivery-status");
  if (status !== undefined && (isReport(mail) || isFromServer(mail, envelope))) {
    return parseDsn(mail, status.content, returned);
  }
  return isFromServer(mail, envelope) ? parsePlainTextBounce(mail, returned) : null;
}

/** Whether it was sent by a mail server: it has the null sender, or the name of one. */
function isFromServer(mail: InboundMail, envelope: InboundEnvelope): boolean {
  return (
    hasNullSender(mail.headers, envelope) ||
    mail.headers.has("x-failed-recipients") ||
    isFrom(mail, /^(?:mailer-?daemon|postmaster|mail-?daemon|microsoftexchange[0-9a-f]{20,})@/i)
  );
}

function isFrom(mail: InboundMail, pattern: RegExp): boolean {
  return parseAddresses(mail.headers.all("from")).some((address) => pattern.test(address));
}

function isReport(mail: InboundMail): boolean {
  return /^multipart\/report\b/i.test(mail.headers.first("content-type"));
}

function findPart(mail: InboundMail, contentType: string): MailPart | undefined {
  return mail.parts.find((part) => part.contentType === contentType);
}
