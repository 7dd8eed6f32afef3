import type { InboundEnvelope } from "../envelope.js";
import { MailHeaders } from "../mail-headers.js";
import type { InboundMail, MailPart } from "../parse-mail.js";
import { isFrom, isFromServer, isReport, junkReporter } from "./may-be-report.js";
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
  if (feedback !== undefined && isReport(mail.headers)) return parseArf(MailHeaders.read(feedback.content), returned);
  // Microsoft's Junk Mail Reporting Program attaches the email without a report.
  const isJunkReport = returned.some((headers) => headers.has("x-hmxmroriginalrecipient"));
  if (isJunkReport && isFrom(mail.headers, junkReporter)) {
    return { outcome: "complained", by: "Microsoft (JMRP)", references: referencesOf(returned) };
  }
  const receipt = findPart(mail, "message/disposition-notification");
  if (receipt !== undefined && isReport(mail.headers)) {
    const references = referencesOf([mail.headers, MailHeaders.read(receipt.content), ...returned]);
    return { outcome: "no-change", detail: "It says that an email was opened, or deleted unread.", references };
  }
  const status = findPart(mail, "message/delivery-status") ?? findPart(mail, "message/global-delivery-status");
  if (status !== undefined && (isReport(mail.headers) || isFromServer(mail.headers, envelope))) {
    return parseDsn(mail, status.content, returned);
  }
  return isFromServer(mail.headers, envelope) ? parsePlainTextBounce(mail, returned) : null;
}

function findPart(mail: InboundMail, contentType: string): MailPart | undefined {
  return mail.parts.find((part) => part.contentType === contentType);
}
