import type { DropReason } from "afterchat/channel";
import { splitAddress } from "../address.js";
import { detectAutoReply } from "./detect-auto-reply.js";
import type { InboundEnvelope } from "./envelope.js";
import { addressesIn } from "./parse-addresses.js";
import type { InboundMail } from "./parse-mail.js";
import { parseReport, type Report } from "./reports/parse-report.js";

/** What kind of mail it is, before anything of its words is believed. */
export type MailKind =
  | { readonly type: "message" }
  | { readonly type: "report"; readonly report: Report }
  | { readonly type: "no-message"; readonly reason: DropReason; readonly detail: string };

interface Ourselves {
  readonly from: string;
  readonly replyDomain: string | null;
}

/** Tells a person's mail from a report about one of ours, from our own, and from what a machine wrote. */
export function classifyMail(mail: InboundMail, envelope: InboundEnvelope, ourselves: Ourselves): MailKind {
  const report = parseReport(mail, envelope);
  if (report !== null) return { type: "report", report };
  if (isOwn(mail, ourselves)) {
    return { type: "no-message", reason: "OWN_MAIL", detail: "It was sent from an address of Afterchat's own." };
  }
  const machine = detectAutoReply(mail, envelope);
  return machine === null ? { type: "message" } : { type: "no-message", ...machine };
}

/**
 * Sent from our own mailbox, or from one that is made for answers. The domain alone says nothing: visitors may have theirs
 * at the same provider, or work for the company.
 */
function isOwn({ headers }: InboundMail, { from, replyDomain }: Ourselves): boolean {
  return addressesIn(headers.all("from")).some((address) => {
    if (mailboxOf(address) === mailboxOf(from)) return true;
    return replyDomain !== null && splitAddress(address).domain.toLowerCase() === replyDomain;
  });
}

function mailboxOf(address: string): string {
  const { localPart, domain } = splitAddress(address.toLowerCase());
  return `${localPart.split("+", 1)[0]}@${domain}`;
}
