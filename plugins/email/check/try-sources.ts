import { splitAddress } from "../address.js";
import type { EmailConfig } from "../settings.js";
import type { EmailCheck } from "./check-email.js";
import { takeCheckMails } from "./check-store.js";
import { replyAddress } from "./compose-check-mail.js";
import { doubt, type Finding, note } from "./finding.js";
import { openProviders, openSources } from "./name-sources.js";
import { tryMailbox } from "./try-imap.js";
import { type Brought, tryListener } from "./try-listener.js";
import { tryWebhook } from "./try-webhook.js";

/** Brings a mail to each way in that the settings open, or looks into it. `begin` opens an address for a mail. */
export async function* tryWaysIn(check: EmailCheck, begin: () => Promise<string>): AsyncGenerator<Finding> {
  const { config, host, signal } = check;
  const { smtpListen, lmtpListen, imap, webhookSecret, maxSizeBytes } = config.inbound;
  if (openSources(config.inbound).length === 0) yield checkNoSource(config);
  const webhookUrl = host.publicUrl.href.replace(/\/?$/, "/webhooks/email");
  const bring = async (): Promise<Brought> => {
    const id = await begin();
    const to = replyAddress(check, id);
    return {
      from: config.from,
      to,
      raw: doorMail(config.from, to, host.now()),
      arrived: async () => (await takeCheckMails(host, id)).length > 0,
    };
  };
  if (smtpListen !== null) yield await tryListener("SMTP", smtpListen, await bring());
  if (lmtpListen !== null) yield await tryListener("LMTP", lmtpListen, await bring());
  if (webhookSecret !== null) {
    yield await tryWebhook(new URL(webhookUrl), webhookSecret, await bring(), { now: host.now(), signal });
  }
  if (imap !== null) yield await tryMailbox(imap, maxSizeBytes);
  for (const provider of openProviders(config.inbound)) {
    yield note(
      `${provider} is to post answers below ${webhookUrl}/: only the mails that follow can show that it does.`,
    );
  }
}

function checkNoSource({ answering }: EmailConfig): Finding {
  const advice = "See “Answers by email” in the README: by SMTP, LMTP, IMAP, a webhook or a mail provider.";
  if (answering === "website") {
    return note("No way in is set up: the emails ask visitors to answer on the website.", advice);
  }
  return doubt("The emails ask for answers by email, but these settings open no way in for them.", advice);
}

/** As small as a mail can be: it only shows that a way in is open. */
function doorMail(from: string, to: string, now: Date): string {
  const { localPart } = splitAddress(to);
  return [
    `From: <${from}>`,
    `To: <${to}>`,
    "Subject: Afterchat checks a way in",
    `Date: ${now.toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <way-in.${localPart.replaceAll("+", ".")}@${splitAddress(from).domain}>`,
    "Auto-Submitted: auto-generated",
    "",
    "npm run email:check",
    "",
  ].join("\r\n");
}
