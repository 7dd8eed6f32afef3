import type { ChannelHost } from "afterchat/channel";
import { splitAddress } from "../address.js";
import type { EmailConfig } from "../settings.js";

/** The sender of an email, and the addresses and links in it, which are signed for a conversation or a delivery. */
export interface ReturnAddresses {
  /** The address in From. */
  readonly from: string;
  /** The domain of Message-IDs. */
  readonly domain: string;
  /** Reply-To of a conversation's emails. */
  replyTo(conversationId: string): string;
  /** Envelope sender of a delivery, which receives bounces and automatic replies. */
  bounce(deliveryId: string): string;
  /**
   * Message-ID of the synthetic root that all emails of a conversation refer to; it does not reveal the conversation.
   */
  threadRoot(conversationId: string): string;
  /** The page on which a visitor unsubscribes from emails about a conversation. */
  unsubscribeUrl(conversationId: string): string;
}

/**
 * With a reply domain Afterchat receives mail for any mailbox in it: `token@reply.example`. Without one it only has the
 * mailbox of From, so replies and bounces both go to plus addresses, `chat+token@example.com`, distinguished by the
 * token's purpose.
 */
export function createReturnAddresses(
  config: EmailConfig,
  host: Pick<ChannelHost, "sign" | "publicUrl">,
): ReturnAddresses {
  const { localPart, domain } = splitAddress(config.from);
  const mailbox = localPart.split("+", 1)[0];
  const { replyDomain } = config;
  const base = host.publicUrl.href.replace(/\/?$/, "/");
  return {
    from: config.from,
    domain,
    replyTo: (conversationId) => {
      const token = host.sign("reply", conversationId);
      return replyDomain ? `${token}@${replyDomain}` : `${mailbox}+${token}@${domain}`;
    },
    bounce: (deliveryId) => {
      const token = host.sign("bounce", deliveryId);
      return replyDomain ? `bounce+${token}@${replyDomain}` : `${mailbox}+${token}@${domain}`;
    },
    threadRoot: (conversationId) => `<conversation.${host.sign("thread", conversationId)}@${domain}>`,
    unsubscribeUrl: (conversationId) => `${base}unsubscribe/${host.sign("unsubscribe", conversationId)}`,
  };
}
