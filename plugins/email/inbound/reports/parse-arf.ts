import type { MailHeaders } from "../mail-headers.js";
import { referencesOf } from "./references.js";
import type { Report } from "./report.js";

/** Unsubscribing with the mailbox provider's button has the same effect as a complaint. */
const complaintTypes = ["abuse", "fraud", "opt-out", "opt-out-list"];

/**
 * Parses a feedback report (ARF, RFC 5965).
 * @param fields of the part `message/feedback-report`
 * @param returned the headers of the email that it is about
 */
export function parseArf(fields: MailHeaders, returned: readonly MailHeaders[]): Report {
  const references = referencesOf([fields, ...returned]);
  const type = fields.first("feedback-type").toLowerCase();
  const agent = fields.first("user-agent") || fields.first("source-ip");
  if (complaintTypes.includes(type)) {
    return { outcome: "complained", by: [type, agent].filter((part) => part !== "").join(", "), references };
  }
  return { outcome: "no-change", detail: `It is feedback of type ${type || "(none)"}.`, references };
}
