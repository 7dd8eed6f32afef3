import type { ChannelConnection, ChannelHealth, ChannelHost, ChannelPlugin, DeliveryResult } from "afterchat/channel";
import { emailAddress, parseEmailAddress } from "./address.js";
import { mailboxTransport } from "./dev-mailbox/dev-mailbox.js";
import { resolveWithin } from "./inbound/authentication/dns.js";
import { interpretMail } from "./inbound/interpret-mail.js";
import { openInboundSources } from "./inbound/sources/inbound-sources.js";
import { dropTooLarge } from "./inbound/too-large.js";
import { ALL_LINKED, type FilesInMail, readFiles } from "./outgoing/attached-files.js";
import { type ComposedMail, composeMail } from "./outgoing/compose-mail.js";
import { createRenderer } from "./outgoing/custom-template.js";
import type { MailTransport } from "./outgoing/mail-transport.js";
import { type Enclosing, writeMail } from "./outgoing/render-mail.js";
import { returnAddresses } from "./outgoing/return-addresses.js";
import { smtpTransport } from "./outgoing/smtp-transport.js";
import { type EmailConfig, readSettings } from "./settings.js";
import { unsubscribeRoutes } from "./unsubscribe/unsubscribe-routes.js";

export { emailAddress, type ParsedAddress, parseEmailAddress } from "./address.js";

/** Email: one mail for each delivery, through an SMTP server or, without one, into the mailbox at /mailbox. */
export const emailChannel: ChannelPlugin<EmailConfig, string> = {
  id: "email",
  name: "Email",
  policy: "when-away",
  supports: {
    // By whichever ways in are set up; without any, an answer goes to the mailbox of EMAIL_FROM as before.
    replies: true,
    receipts: true,
    // Every attempt carries the same Message-ID, by which mail programs recognise a repetition.
    idempotentSend: true,
    maxTextLength: null,
    replyWindowHours: null,
  },
  address: emailAddress,
  configure: readSettings,
  describeAddress: (address) => address,
  connect,
};

export default emailChannel;

const stopped: DeliveryResult = {
  outcome: "retry",
  failure: { code: "TIMED_OUT", detail: "Stopped before the mail was sent" },
};

async function connect(config: EmailConfig, host: ChannelHost): Promise<ChannelConnection<string>> {
  const addresses = returnAddresses(config, host);
  const makeBody = await createRenderer(config.template, host.logger);
  const { send, close, ...rest }: MailTransport =
    config.delivery.through === "smtp" ? smtpTransport(config.delivery, host.logger) : mailboxTransport(host);
  const dns = resolveWithin();
  const waysIn = await openInboundSources(config, host);

  return {
    ...rest,
    ...waysIn.webhook,
    startNotes: [...(rest.startNotes ?? []), ...waysIn.notes],
    interpret: async (original, signal) =>
      (await dropTooLarge(host, original)) ??
      interpretMail({ ...config, host, resolve: dns.resolve }, original, signal),
    async checkHealth(signal): Promise<ChannelHealth> {
      const health = await rest.checkHealth(signal);
      const problem = await waysIn.problem();
      // Not CREDENTIALS_INVALID, whatever it is: sending goes on.
      if (health.ok && problem !== null) return { ok: false, failure: { code: "UNAVAILABLE", detail: problem } };
      return health;
    },
    async close() {
      await waysIn.close();
      dns.close();
      await close();
    },
    routes: { ...rest.routes, ...unsubscribeRoutes(host) },
    shortRoutes: [...(rest.shortRoutes ?? []), "unsubscribe"],
    async deliver(outbound, signal): Promise<DeliveryResult> {
      // Whatever else was stored would reach a mail program's list parser, and "a@evil, b@good" is two recipients there.
      const address = parseEmailAddress(String(outbound.address));
      if (!address.ok) return { outcome: "rejected", failure: { code: "ADDRESS_INVALID", detail: address.problem } };
      let files: FilesInMail;
      try {
        files = await readFiles(outbound, signal);
      } catch (error) {
        if (signal.aborted) return stopped;
        host.logger.warn("A file of a mail could not be read", { deliveryId: outbound.deliveryId, error });
        return { outcome: "retry", failure: { code: "UNAVAILABLE", detail: "A file of a reply could not be read" } };
      }
      const sendWith = async (enclosing: Enclosing): Promise<{ result: DeliveryResult; attached: number }> => {
        let mail: ComposedMail;
        try {
          const writing = { answering: config.answering, optOutLink: addresses.optOut(outbound.conversation.id) };
          const written = writeMail(outbound, enclosing, writing);
          const body = await makeBody(written, outbound.deliveryId);
          mail = composeMail({ ...outbound, address: address.address }, written, body, addresses, host.now());
        } catch (error) {
          // Our own fault: a later version may do better, and the reason must be found.
          host.logger.error("A mail could not be composed", { deliveryId: outbound.deliveryId, error });
          const detail = "The mail could not be composed";
          return { result: { outcome: "retry", failure: { code: "UNKNOWN", detail } }, attached: 0 };
        }
        const result = await send(mail, outbound.conversation.id, signal);
        return { result, attached: mail.attachments.length };
      };
      const { result, attached } = await sendWith({ files, transcript: "if-needed" });
      if (attached === 0 || result.outcome !== "rejected" || result.failure.code !== "CONTENT_REJECTED") return result;
      // Too large for this server, or of a kind that it does not take: the words must not be lost over a file.
      return (await sendWith({ files: ALL_LINKED, transcript: "never" })).result;
    },
  };
}
