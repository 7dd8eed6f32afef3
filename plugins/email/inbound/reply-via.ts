import type { Environment } from "afterchat/channel";

/** Any of these says that mail comes in: here, or in a process beside this one. */
const WAYS_IN = [
  "EMAIL_REPLY_DOMAIN",
  "EMAIL_SMTP_LISTEN",
  "EMAIL_LMTP_LISTEN",
  "EMAIL_IMAP_URL",
  "EMAIL_WEBHOOK_SECRET",
  "EMAIL_MAILGUN_SIGNING_KEY",
  "EMAIL_POSTMARK_SECRET",
  "EMAIL_SENDGRID_PUBLIC_KEY",
];

/** Whether a mail may ask for an answer by email: nobody must answer into the void. */
export function repliesArrive(environment: Environment): "email" | "website" {
  return WAYS_IN.some((variable) => environment[variable]?.trim()) ? "email" : "website";
}
