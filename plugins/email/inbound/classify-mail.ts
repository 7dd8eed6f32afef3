import type { DropReason } from "afterchat/channel";
import { splitAddress } from "../address.js";
import { detectAutoReply } from "./detect-auto-reply.js";
import type { InboundEnvelope } from "./envelope.js";
import { parseAddresses } from "./parse-addresses.js";
import type { InboundMail } from "./parse-mail.js";
import { parseReport } from "./reports/parse-report.js";
import type { Report } from "./reports/report.js";

/** The kind of an email, decided before its text is read. */
export type MailKind =
  | { readonly type: "message" }
  | { readonly type: "report"; readonly report: Report }
  | { readonly type: "not-a-message"; readonly reason: DropReason; readonly detail: string };

export interface OwnAddresses {
  /** The address in From of Afterchat's emails. */
  readonly from: string;
  /** Afterchat receives mail for every address of this domain; null: only for plus addresses of `from`. */
  readonly replyDomain: string | null;
}

/** Distinguishes emails by people from reports about sent emails, Afterchat's own emails, and automatic ones. */
export function classifyMail(mail: InboundMail, envelope: InboundEnvelope, own: OwnAddresses): MailKind {
  const report = parseReport(mail, envelope);
  if (report !== null) return { type: "report", report };
  if (isOwnMail(mail, own)) {
    return { type: "not-a-message", reason: "OWN_MAIL", detail: "It was sent from one of Afterchat's own addresses." };
  }
  const autoReply = detectAutoReply(mail, envelope);
  return autoReply === null ? { type: "message" } : { type: "not-a-message", ...autoReply };
}

/**
 * Whether it was sent from the mailbox of From, or from the reply domain. From's domain alone does not count: visitors
 * may have an address at the same provider, or work for the company.
 */
function isOwnMail({ headers }: InboundMail, { from, replyDomain }: OwnAddresses): boolean {
  return parseAddresses(headers.all("from")).some((address) => {
    if (mailboxOf(address) === mailboxOf(from)) return true;
    return replyDomain !== null && splitAddress(address).domain.toLowerCase() === replyDomain;
  });
}

function mailboxOf(address: string): string {
  const { localPart, domain } = splitAddress(address.toLowerCase());
  return `${localPart.split("+", 1)[0]}@${domain}`;
}
