import type { Environment } from "afterchat/channel";

/** How emails ask visitors to answer. */
export type ReplyVia = "email" | "website";

/** Setting any of these means that emails are received: by this process, or by one beside it. */
const INBOUND_VARIABLES = [
  "EMAIL_REPLY_DOMAIN",
  "EMAIL_SMTP_LISTEN",
  "EMAIL_LMTP_LISTEN",
  "EMAIL_IMAP_URL",
  "EMAIL_WEBHOOK_SECRET",
  "EMAIL_MAILGUN_SIGNING_KEY",
  "EMAIL_POSTMARK_SECRET",
  "EMAIL_SENDGRID_PUBLIC_KEY",
];

/** `email` only if Afterchat receives emails, so that no answer is lost. */
export function chooseReplyVia(environment: Environment): ReplyVia {
  return INBOUND_VARIABLES.some((variable) => environment[variable]?.trim()) ? "email" : "website";
}
