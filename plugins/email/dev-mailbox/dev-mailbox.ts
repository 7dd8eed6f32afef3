import type { ChannelHost, DeliveryResult } from "afterchat/channel";
import type { LocalAddresses } from "../inbound/sources/check-recipient.js";
import type { MailTransport } from "../outgoing/mail-transport.js";
import { devMailboxRoutes } from "./routes.js";
import { StoredMails } from "./stored-mails.js";
import { MailWatch } from "./watch-mails.js";

/**
 * Stores emails instead of sending them, for development. Afterchat's page /mailbox shows them, and answers them as their visitors would.
 * @param local the addresses to which answers are sent
 */
export function createDevMailboxTransport(host: ChannelHost, local: LocalAddresses): MailTransport {
  const mails = new StoredMails(host);
  const watch = new MailWatch(mails, (error) => host.logger.warn("The dev mailbox could not be read", { error }));
  const key = host.sign("mailbox", "key");
  const address = new URL("mailbox", host.publicUrl.href.replace(/\/?$/, "/"));

  return {
    async send(mail, conversationId, signal): Promise<DeliveryResult> {
      if (signal.aborted) {
        return { outcome: "retry", failure: { code: "TIMED_OUT", detail: "Stopped before the email was stored" } };
      }
      try {
        await mails.write(mail, conversationId);
      } catch (error) {
        host.logger.error("An email could not be stored in the dev mailbox", { error });
        return {
          outcome: "retry",
          failure: { code: "UNAVAILABLE", detail: "The email could not be stored in the dev mailbox" },
        };
      }
      await watch.look();
      return { outcome: "accepted", externalIds: [mail.messageId], thread: { ...mail.thread } };
    },
    checkHealth: async () => ({ ok: true, detail: `Emails are not sent but stored at ${address.href}` }),
    close: async () => watch.close(),
    routes: devMailboxRoutes({ host, local, mails, watch, key, address }),
    shortRoutes: ["mailbox", "mailbox.json"],
    // The page takes the key out of the address that opens it.
    startNotes: [`Mailbox: ${address.href}#key=${key}`, `Mailbox key: ${key}`],
  };
}
