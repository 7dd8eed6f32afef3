import { splitAddress } from "../address.js";
import type { EmailConfig } from "../settings.js";
import type { EmailCheck } from "./check-email.js";
import { takeCheckMails } from "./check-store.js";
import { replyAddress } from "./compose-check-mail.js";
import { type Finding, note, warn } from "./finding.js";
import { nameProviders, nameSources } from "./name-sources.js";
import { tryImap } from "./try-imap.js";
import { type TestMail, tryListener } from "./try-listener.js";
import { tryWebhook } from "./try-webhook.js";

/**
 * Tries each configured inbound source.
 * @param createCheck opens a check with its own reply address, and returns its id
 */
export async function* trySources(check: EmailCheck, createCheck: () => Promise<string>): AsyncGenerator<Finding> {
  const { config, host, signal } = check;
  const { smtpListen, lmtpListen, imap, webhookSecret, maxSizeBytes } = config.inbound;
  if (nameSources(config.inbound).length === 0) yield checkNoSource(config);
  const webhookUrl = host.publicUrl.href.replace(/\/?$/, "/webhooks/email");
  const createTestMail = async (): Promise<TestMail> => {
    const id = await createCheck();
    const to = replyAddress(check, id);
    return {
      from: config.from,
      to,
      raw: buildTestMail(config.from, to, host.now()),
      arrived: async () => (await takeCheckMails(host, id)).length > 0,
    };
  };
  if (smtpListen !== null) yield await tryListener("SMTP", smtpListen, await createTestMail());
  if (lmtpListen !== null) yield await tryListener("LMTP", lmtpListen, await createTestMail());
  if (webhookSecret !== null) {
    yield await tryWebhook(new URL(webhookUrl), webhookSecret, await createTestMail(), { now: host.now(), signal });
  }
  if (imap !== null) yield await tryImap(imap, maxSizeBytes);
  for (const provider of nameProviders(config.inbound)) {
    yield note(
      `${provider} should post answers under ${webhookUrl}/: only the test emails below can show whether it does.`,
    );
  }
}

function checkNoSource({ replyVia }: EmailConfig): Finding {
  const advice = "See “Answers by email” in the README: by SMTP, LMTP, IMAP, a webhook or a mail provider.";
  if (replyVia === "website") {
    return note("No inbound source is configured: the emails ask visitors to answer on the website.", advice);
  }
  return warn("The emails ask for answers by email, but these settings configure no inbound source.", advice);
}

/** A minimal email that only shows whether a source works. */
function buildTestMail(from: string, to: string, now: Date): string {
  const { localPart } = splitAddress(to);
  return [
    `From: <${from}>`,
    `To: <${to}>`,
    "Subject: Test of an inbound source",
    `Date: ${now.toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <inbound-test.${localPart.replaceAll("+", ".")}@${splitAddress(from).domain}>`,
    "Auto-Submitted: auto-generated",
    "",
    "npm run email:check",
    "",
  ].join("\r\n");
}
