import { hasNullSender } from "../detect-auto-reply.js";
import type { InboundEnvelope } from "../envelope.js";
import { endOfHeader, MailHeaders } from "../mail-headers.js";
import { addressesIn } from "../parse-addresses.js";
import type { InboundMail, MailPart } from "../parse-mail.js";
import { readPlainTextBounce } from "./plain-text-bounce.js";

/** What a mail server, or a mailbox provider, says of a mail. */
export type Report = {
  /** Where it names the mail it is about: headers of that mail, and the report's own fields. */
  readonly about: readonly MailHeaders[];
} & ReportedFate;

type ReportedFate =
  | {
      readonly fate: "failed";
      /** RFC 3463, such as 5.1.1; `""` when none is given. */
      readonly status: string;
      /** What the refusing server said, or the report in words. */
      readonly words: string;
    }
  /** Put into the mailbox. */
  | { readonly fate: "delivered" }
  | { readonly fate: "complained"; readonly by: string }
  /** Says nothing that would change anything. */
  | { readonly fate: "nothing-new"; readonly detail: string };

const embedded = new Set([
  "message/rfc822",
  "message/global",
  "text/rfc822-headers",
  "message/rfc822-headers",
  "message/global-headers",
]);
const maxRecipients = 50;
const maxReturned = 10;
const maxStatus = 256 * 1024;

/** Reads a report; null when the mail is none. */
export function parseReport(mail: InboundMail, envelope: InboundEnvelope): Report | null {
  const about = mail.parts
    .filter((part) => embedded.has(part.contentType))
    .slice(0, maxReturned)
    .map((part) => MailHeaders.read(part.content));
  const complaint = partOf(mail, "message/feedback-report");
  // A person may send a report on: then the mail is theirs, and the report a part of it.
  if (complaint !== undefined && isReport(mail)) return readComplaint(MailHeaders.read(complaint.content), about);
  const junked = about.find((original) => original.has("x-hmxmroriginalrecipient"));
  // Microsoft's Junk Mail Reporting Program attaches the mail and writes no report.
  if (junked !== undefined && isFrom(mail, /^staff@hotmail\.com$/i)) {
    return { fate: "complained", by: "Microsoft (JMRP)", about };
  }
  const opened = partOf(mail, "message/disposition-notification");
  if (opened !== undefined && isReport(mail)) {
    const pointers = [mail.headers, MailHeaders.read(opened.content), ...about];
    return { fate: "nothing-new", detail: "It says that a mail was opened, or deleted unread.", about: pointers };
  }
  const status = partOf(mail, "message/delivery-status") ?? partOf(mail, "message/global-delivery-status");
  if (status !== undefined && (isReport(mail) || isFromServer(mail, envelope))) return readStatus(mail, status, about);
  return isFromServer(mail, envelope) ? readPlainTextBounce(mail, about) : null;
}

/** RFC 5965. */
function readComplaint(fields: MailHeaders, about: readonly MailHeaders[]): Report {
  const kind = fields.first("feedback-type").toLowerCase();
  const by = fields.first("user-agent") || fields.first("source-ip");
  // Who opts out by their provider's button wants the same as who complains.
  if (["abuse", "fraud", "opt-out", "opt-out-list"].includes(kind)) {
    return { fate: "complained", by: [kind, by].filter((word) => word !== "").join(", "), about: [fields, ...about] };
  }
  return { fate: "nothing-new", detail: `It is feedback of the type ${kind || "(none)"}.`, about: [fields, ...about] };
}

/** RFC 3464: fields about the mail, then, behind an empty line each, fields about every recipient. */
function readStatus(mail: InboundMail, part: MailPart, about: readonly MailHeaders[]): Report {
  const groups = fieldGroups(part.content.subarray(0, maxStatus));
  const recipients = groups.filter((group) => group.has("action") || group.has("status")).slice(0, maxRecipients);
  const pointers = [mail.headers, ...groups, ...about];
  const byAction = (action: string) => recipients.find((group) => actionOf(group) === action);
  const delivered = byAction("delivered");
  // Ours has one recipient. Where that stands for several mailboxes, one that has the mail is enough.
  if (delivered !== undefined) return { fate: "delivered", about: pointers };
  const failed = byAction("failed");
  if (failed === undefined) {
    const actions = [...new Set(recipients.map(actionOf))].filter((action) => action !== "").join(", ");
    return { fate: "nothing-new", detail: `It reports: ${actions || "nothing"}.`, about: pointers };
  }
  const diagnostic = failed.first("diagnostic-code").replace(/^[\w-]{1,20};\s*/, "");
  const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(failed.first("status"))?.[0] ?? "";
  return { fate: "failed", status, words: diagnostic || (mail.body.text ?? "").slice(0, 2_000), about: pointers };
}

function fieldGroups(content: Buffer): readonly MailHeaders[] {
  const groups: MailHeaders[] = [];
  let rest = content;
  while (rest.length > 0 && groups.length <= maxRecipients) {
    // Some servers begin with empty lines.
    const start = rest.findIndex((byte) => byte !== 0x0a && byte !== 0x0d);
    if (start === -1) break;
    rest = rest.subarray(start);
    groups.push(MailHeaders.read(rest));
    rest = rest.subarray(Math.max(endOfHeader(rest), 1));
  }
  return groups;
}

function actionOf(group: MailHeaders): string {
  const action = /^[a-z]+/.exec(group.first("action").toLowerCase())?.[0] ?? "";
  // A server that names no action but a status says it by its class.
  if (action !== "") return action;
  return group.first("status").startsWith("5") ? "failed" : "";
}

/** From a mail server, by every sign there is: nobody can be answered, or it says so itself. */
function isFromServer(mail: InboundMail, envelope: InboundEnvelope): boolean {
  return (
    hasNullSender(mail.headers, envelope) ||
    mail.headers.has("x-failed-recipients") ||
    isFrom(mail, /^(?:mailer-?daemon|postmaster|mail-?daemon|microsoftexchange[0-9a-f]{20,})@/i)
  );
}

function isFrom(mail: InboundMail, pattern: RegExp): boolean {
  return addressesIn(mail.headers.all("from")).some((address) => pattern.test(address));
}

function isReport(mail: InboundMail): boolean {
  return /^multipart\/report\b/i.test(mail.headers.first("content-type"));
}

function partOf(mail: InboundMail, contentType: string): MailPart | undefined {
  return mail.parts.find((part) => part.contentType === contentType);
}
