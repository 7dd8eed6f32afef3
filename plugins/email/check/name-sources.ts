import type { InboundConfig } from "../inbound/inbound-settings.js";

/** The names of all configured inbound sources, for use in a sentence. */
export function nameSources(inbound: InboundConfig): readonly string[] {
  const { smtpListen, lmtpListen, imap, webhookSecret } = inbound;
  return [
    ...(smtpListen === null ? [] : [`EMAIL_SMTP_LISTEN (${smtpListen.host}:${smtpListen.port})`]),
    ...(lmtpListen === null ? [] : [`EMAIL_LMTP_LISTEN (${lmtpListen.host}:${lmtpListen.port})`]),
    ...(imap === null ? [] : [`the mailbox of EMAIL_IMAP_URL (${imap.user})`]),
    ...(webhookSecret === null ? [] : ["the webhook"]),
    ...nameProviders(inbound),
  ];
}

/** The names of the email providers that post what they receive; only they can sign such a post. */
export function nameProviders({ mailgunSigningKey, postmarkSecret, sendGridKey }: InboundConfig): readonly string[] {
  return [
    ...(mailgunSigningKey === null ? [] : ["Mailgun"]),
    ...(postmarkSecret === null ? [] : ["Postmark"]),
    ...(sendGridKey === null ? [] : ["SendGrid"]),
  ];
}
