import type { ChannelHost } from "afterchat/channel";
import { splitAddress } from "../address.js";
import type { EmailConfig } from "../settings.js";

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
  /** The page that ends the emails about a conversation. */
  optOut(conversationId: string): string;
}

/**
 * With a reply domain every mailbox is ours: `token@reply.example`. Without one only From's mailbox is, so replies and
 * bounces are both plus addresses of it, `chat+token@example.com`, and the token's purpose tells them apart.
 */
export function returnAddresses(config: EmailConfig, host: Pick<ChannelHost, "sign" | "publicUrl">): ReturnAddresses {
  const { localPart, domain } = splitAddress(config.from);
  const mailbox = localPart.split("+", 1)[0];
  const { replyDomain } = config;
  const base = host.publicUrl.href.replace(/\/?$/, "/");
  return {
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
    optOut: (conversationId) => `${base}unsubscribe/${host.sign("unsubscribe", conversationId)}`,
  };
}
