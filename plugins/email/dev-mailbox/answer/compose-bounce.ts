import { splitAddress } from "../../address.js";
import { parseStatus } from "../../inbound/reports/plain-text-bounce.js";
import type { IncomingMail } from "../../inbound/store-mail.js";
import type { StoredMail } from "../stored-mails.js";
import { buildReport } from "./build-report.js";
import { envelopeTo, fieldOf, pathOf } from "./sent-fields.js";

/** As long as a line of an SMTP reply may be. */
const maxReplyLength = 500;

/**
 * What the visitor's mail server sends to an email's Return-Path if it cannot be delivered.
 * @param said the server's reply; empty: there is no such mailbox
 */
export function composeBounce(mail: StoredMail, said: string, now: Date): IncomingMail {
  const { domain } = splitAddress(mail.to);
  const recipient = pathOf(fieldOf(mail, "return-path"));
  const line = said.slice(0, maxReplyLength).replace(/[\p{Cc}\s]+/gu, " ");
  const reply = line || `550 5.1.1 <${mail.to}>: Recipient address rejected: there is no such mailbox`;
  const status = parseStatus(reply) || "5.0.0";
  const raw = buildReport({
    from: `Mail Delivery System <MAILER-DAEMON@${domain}>`,
    to: recipient,
    subject: "Undelivered Mail Returned to Sender",
    date: now,
    type: "delivery-status",
    text: `This is the mail system of ${domain}.\n\nYour message could not be delivered to ${mail.to}:\n${reply}`,
    fields: [
      `Reporting-MTA: dns; ${domain}`,
      "",
      `Final-Recipient: rfc822; ${mail.to}`,
      // A bounce ends the attempts, also of what might have succeeded later.
      "Action: failed",
      `Status: ${status}`,
      `Diagnostic-Code: smtp; ${reply}`,
    ],
    returned: mail.headers,
  });
  return { raw, envelope: envelopeTo(recipient, "") };
}
