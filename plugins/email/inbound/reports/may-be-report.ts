import { hasNullSender } from "../detect-auto-reply.js";
import type { InboundEnvelope } from "../envelope.js";
import type { MailHeaders } from "../mail-headers.js";
import { parseAddresses } from "../parse-addresses.js";

/** Whether an email may be a report, judged by what comes before its content: only the content says what it is about. */
export function mayBeReport(headers: MailHeaders, envelope: InboundEnvelope): boolean {
  return isReport(headers) || isFromServer(headers, envelope) || isFrom(headers, junkReporter);
}

/** Of Microsoft's Junk Mail Reporting Program. */
export const junkReporter = /^staff@hotmail\.com$/i;

/** Whether it was sent by a mail server: it has the null sender, or the name of one. */
export function isFromServer(headers: MailHeaders, envelope: InboundEnvelope): boolean {
  return (
    hasNullSender(headers, envelope) ||
    headers.has("x-failed-recipients") ||
    isFrom(headers, /^(?:mailer-?daemon|postmaster|mail-?daemon|microsoftexchange[0-9a-f]{20,})@/i)
  );
}

export function isFrom(headers: MailHeaders, pattern: RegExp): boolean {
  return parseAddresses(headers.all("from")).some((address) => pattern.test(address));
}

export function isReport(headers: MailHeaders): boolean {
  return /^multipart\/report\b/i.test(headers.first("content-type"));
}
