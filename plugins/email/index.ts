import type { ChannelConnection, ChannelHost, ChannelPlugin, DeliveryResult } from "afterchat/channel";
import { emailAddress, parseEmailAddress } from "./address.js";
import { type ComposedMail, composeMail } from "./compose.js";
import { mailboxTransport } from "./mailbox.js";
import { returnAddresses } from "./return-addresses.js";
import { type EmailConfig, readSettings } from "./settings.js";
import { smtpTransport } from "./smtp-transport.js";
import type { MailTransport } from "./transport.js";

export { emailAddress, type ParsedAddress, parseEmailAddress } from "./address.js";

/** Email: one mail for each delivery, through an SMTP server or, without one, into the mailbox at /mailbox. */
export const emailChannel: ChannelPlugin<EmailConfig, string> = {
  id: "email",
  name: "Email",
  policy: "when-away",
  supports: {
    replies: false,
    receipts: false,
    // Every attempt carries the same Message-ID, by which mail programs recognise a repetition.
    idempotentSend: true,
    maxTextLength: null,
    replyWindowHours: null,
  },
  address: emailAddress,
  configure: readSettings,
  describeAddress: (address) => address,
  connect: async (config, host) => connect(config, host),
};

export default emailChannel;

function connect(config: EmailConfig, host: ChannelHost): ChannelConnection<string> {
  const addresses = returnAddresses(config, host);
  const { send, ...rest }: MailTransport =
    config.delivery.through === "smtp" ? smtpTransport(config.delivery, host.logger) : mailboxTransport(host);

  return {
    ...rest,
    async deliver(outbound, signal): Promise<DeliveryResult> {
      // Whatever else was stored would reach a mail program's list parser, and "a@evil, b@good" is two recipients there.
      const address = parseEmailAddress(String(outbound.address));
      if (!address.ok) return { outcome: "rejected", failure: { code: "ADDRESS_INVALID", detail: address.problem } };
      let mail: ComposedMail;
      try {
        mail = composeMail({ ...outbound, address: address.address }, addresses, host.now());
      } catch (error) {
        // Our own fault: a later version may do better, and the reason must be found.
        host.logger.error("A mail could not be composed", { deliveryId: outbound.deliveryId, error });
        return { outcome: "retry", failure: { code: "UNKNOWN", detail: "The mail could not be composed" } };
      }
      return send(mail, outbound.conversation.id, signal);
    },
  };
}
