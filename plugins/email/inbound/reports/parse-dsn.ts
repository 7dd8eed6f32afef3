import { endOfHeader, MailHeaders } from "../mail-headers.js";
import type { InboundMail } from "../parse-mail.js";
import { referencesOf } from "./references.js";
import type { Report } from "./report.js";

const maxRecipients = 50;
const maxContentBytes = 256 * 1024;

/**
 * Parses a delivery status notification (DSN, RFC 3464): a group of fields about the email, followed by a group for
 * every recipient, separated by empty lines.
 * @param content of the part `message/delivery-status`
 * @param returned the headers of the email that it is about
 */
export function parseDsn(mail: InboundMail, content: Buffer, returned: readonly MailHeaders[]): Report {
  const groups = fieldGroups(content.subarray(0, maxContentBytes));
  const recipients = groups.filter((group) => group.has("action") || group.has("status")).slice(0, maxRecipients);
  const references = referencesOf([mail.headers, ...groups, ...returned]);
  const byAction = (action: string) => recipients.find((group) => actionOf(group) === action);
  // An email has one recipient. If that is an alias of several mailboxes, delivery to one of them is enough.
  if (byAction("delivered") !== undefined) return { outcome: "delivered", references };
  const failed = byAction("failed");
  if (failed === undefined) {
    const actions = [...new Set(recipients.map(actionOf))].filter((action) => action !== "").join(", ");
    return { outcome: "no-change", detail: `It reports: ${actions || "nothing"}.`, references };
  }
  const diagnostic = failed.first("diagnostic-code").replace(/^[\w-]{1,20};\s*/, "");
  const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(failed.first("status"))?.[0] ?? "";
  return { outcome: "failed", status, text: diagnostic || (mail.body.text ?? "").slice(0, 2_000), references };
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
  if (action !== "") return action;
  // Without an action, the class of the status shows the outcome.
  return group.first("status").startsWith("5") ? "failed" : "";
}
