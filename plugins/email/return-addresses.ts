import { type ChannelHost, SettingsError } from "afterchat/channel";
import { MAX_LOCAL_PART_LENGTH, splitAddress } from "./address.js";
import type { EmailConfig } from "./settings.js";

/** The addresses that a mail comes from and that answers and bounces go to, each signed for its own purpose. */
export interface ReturnAddresses {
  /** In From. */
  readonly from: string;
  /** The domain of Message-IDs. */
  readonly domain: string;
  /** Reply-To of a conversation's mails. */
  reply(conversationId: string): string;
  /** Envelope sender of a delivery: bounces and autoresponders write there. */
  bounce(deliveryId: string): string;
  /** Message-ID of the message that a conversation's mails all refer to; it says nothing about the conversation. */
  threadRoot(conversationId: string): string;
}

/** As long as any id that is signed. */
const SAMPLE_ID = "00000000-0000-4000-8000-000000000000";

/**
 * With a reply domain every mailbox is ours: `token@reply.example`. Without one only From's mailbox is, so replies and
 * bounces are both plus addresses of it, `chat+token@example.com`, and the token's purpose tells them apart.
 * @throws {SettingsError} when a token would make the local part longer than 64 characters.
 */
export function returnAddresses(config: EmailConfig, host: Pick<ChannelHost, "sign">): ReturnAddresses {
  const { localPart, domain } = splitAddress(config.from);
  const mailbox = localPart.split("+", 1)[0];
  const { replyDomain } = config;
  const addresses: ReturnAddresses = {
    from: config.from,
    domain,
    reply: (conversationId) => {
      const token = host.sign("reply", conversationId);
      return replyDomain ? `${token}@${replyDomain}` : `${mailbox}+${token}@${domain}`;
    },
    bounce: (deliveryId) => {
      const token = host.sign("bounce", deliveryId);
      return replyDomain ? `bounce+${token}@${replyDomain}` : `${mailbox}+${token}@${domain}`;
    },
    threadRoot: (conversationId) => `<conversation.${host.sign("thread", conversationId)}@${domain}>`,
  };
  const longest = [addresses.reply(SAMPLE_ID), addresses.bounce(SAMPLE_ID)].map(
    (address) => splitAddress(address).localPart.length,
  );
  const excess = Math.max(...longest) - MAX_LOCAL_PART_LENGTH;
  if (excess > 0) {
    const problem = `its name is ${excess} characters too long for signed reply addresses; shorten it or set EMAIL_REPLY_DOMAIN`;
    throw new SettingsError([{ variable: "EMAIL_FROM", problem }]);
  }
  return addresses;
}
