import type { InboundConfig } from "../inbound/inbound-settings.js";

/** The ways in that the settings open, as sentences name them. */
export function openSources(inbound: InboundConfig): readonly string[] {
  const { smtpListen, lmtpListen, imap, webhookSecret } = inbound;
  return [
    ...(smtpListen === null ? [] : [`EMAIL_SMTP_LISTEN (${smtpListen.host}:${smtpListen.port})`]),
    ...(lmtpListen === null ? [] : [`EMAIL_LMTP_LISTEN (${lmtpListen.host}:${lmtpListen.port})`]),
    ...(imap === null ? [] : [`the mailbox of EMAIL_IMAP_URL (${imap.user})`]),
    ...(webhookSecret === null ? [] : ["the webhook"]),
    ...openProviders(inbound),
  ];
}

/** Mail providers that are to post what comes in; nobody but they can sign it. */
export function openProviders({ mailgunSigningKey, postmarkSecret, sendGridKey }: InboundConfig): readonly string[] {
  return [
    ...(mailgunSigningKey === null ? [] : ["Mailgun"]),
    ...(postmarkSecret === null ? [] : ["Postmark"]),
    ...(sendGridKey === null ? [] : ["SendGrid"]),
  ];
}
