import type { ChannelConnection, ChannelHealth, ChannelHost, ChannelPlugin } from "afterchat/channel";
import { emailAddress } from "./address.js";
import { createDevMailboxTransport } from "./dev-mailbox/dev-mailbox.js";
import { createResolver } from "./inbound/authentication/dns.js";
import { interpretMail } from "./inbound/interpret-mail.js";
import { interpretOversizedMail } from "./inbound/oversized-mail.js";
import { MailProcesses } from "./inbound/reading/mail-processes.js";
import { openInboundSources } from "./inbound/sources/inbound-sources.js";
import { interpretNobodysMail } from "./inbound/unmatched-mail.js";
import { createRenderer } from "./outgoing/custom-template.js";
import { createDeliver } from "./outgoing/deliver-mail.js";
import type { MailTransport } from "./outgoing/mail-transport.js";
import { createPreview } from "./outgoing/preview-mail.js";
import { createSmtpTransport } from "./outgoing/smtp-transport.js";
import { type EmailConfig, emailSettings, readSettings } from "./settings.js";
import { unsubscribeRoutes } from "./unsubscribe/unsubscribe-routes.js";

export { emailAddress, type ParsedAddress, parseEmailAddress } from "./address.js";

/**
 * Email: one email for each delivery, sent through an SMTP server or, without one, stored in the dev mailbox at
 * /mailbox.
 */
export const emailChannel: ChannelPlugin<EmailConfig, string> = {
  id: "email",
  name: "Email",
  policy: "when-away",
  supports: {
    // Answers arrive through the configured inbound sources; without any, they go to the mailbox of EMAIL_FROM.
    replies: true,
    receipts: true,
    // Every attempt has the same Message-ID, by which email clients recognise duplicates.
    idempotentSend: true,
    maxTextLength: null,
    replyWindowHours: null,
  },
  address: emailAddress,
  settings: emailSettings,
  configure: readSettings,
  describeAddress: (address) => address,
  connect,
};

export default emailChannel;

async function connect(config: EmailConfig, host: ChannelHost): Promise<ChannelConnection<string>> {
  const render = await createRenderer(config.template, host.logger);
  const { send, close, ...transport }: MailTransport =
    config.delivery.through === "smtp"
      ? createSmtpTransport(config.delivery, host.logger)
      : createDevMailboxTransport(host, config);
  const dns = createResolver();
  const reader = new MailProcesses();
  const sources = await openInboundSources(config, host);

  return {
    ...transport,
    ...sources.webhook,
    startNotes: [...(transport.startNotes ?? []), ...sources.notes],
    deliver: createDeliver({ config, host, render, send }),
    preview: createPreview({ config, host, render, send }),
    interpret: async (original, signal) =>
      (await interpretOversizedMail(host, original)) ??
      (await interpretNobodysMail(host, original)) ??
      interpretMail({ ...config, host, resolve: dns.resolve, reader }, original, signal),
    async checkHealth(signal): Promise<ChannelHealth> {
      const health = await transport.checkHealth(signal);
      const problem = await sources.problem();
      // Never CREDENTIALS_INVALID for an inbound problem: sending continues.
      if (health.ok && problem !== null) return { ok: false, failure: { code: "UNAVAILABLE", detail: problem } };
      return health;
    },
    async close() {
      await sources.close();
      dns.close();
      await reader.close();
      await close();
    },
    routes: { ...transport.routes, ...unsubscribeRoutes(host) },
    shortRoutes: [...(transport.shortRoutes ?? []), "unsubscribe"],
  };
}
