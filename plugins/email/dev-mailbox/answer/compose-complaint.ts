import { splitAddress } from "../../address.js";
import type { IncomingMail } from "../../inbound/store-mail.js";
import type { StoredMail } from "../stored-mails.js";
import { buildReport } from "./build-report.js";
import { envelopeTo, fieldOf } from "./sent-fields.js";

/**
 * What the visitor's mail provider sends if they report an email as unwanted (ARF, RFC 5965).
 * @param to the address that the company has registered there for such reports: that of From
 */
export function composeComplaint(mail: StoredMail, to: string, now: Date): IncomingMail {
  const { domain } = splitAddress(mail.to);
  const raw = buildReport({
    from: `Feedback Loop <feedback@${domain}>`,
    to,
    subject: "Report of an unwanted email",
    date: now,
    type: "feedback-report",
    text: `This is a report of ${domain} about an email that one of its users does not want.`,
    fields: [
      "Feedback-Type: abuse",
      "User-Agent: Afterchat-Dev-Mailbox",
      "Version: 1",
      `Original-Mail-From: ${fieldOf(mail, "return-path")}`,
      `Original-Rcpt-To: <${mail.to}>`,
      `Reported-Domain: ${splitAddress(to).domain}`,
      `Arrival-Date: ${new Date(mail.sentAt).toUTCString().replace("GMT", "+0000")}`,
    ],
    returned: mail.headers,
  });
  return { raw, envelope: envelopeTo(to, `feedback@${domain}`) };
}
