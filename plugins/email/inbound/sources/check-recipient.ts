import type { ChannelHost } from "afterchat/channel";
import { splitAddress } from "../../address.js";
import { findCheckOfToken } from "../../check/check-store.js";

/**
 * `erased`, `blocked`: of a conversation whose visitor was erased, or is blocked by staff. `not-local`: of a domain that Afterchat receives no mail for.
 */
export type RecipientStatus = "accepted" | "blocked" | "erased" | "unknown" | "not-local";

/** Which addresses Afterchat receives mail for. */
export interface LocalAddresses {
  readonly from: string;
  readonly replyDomain: string | null;
}

type CheckHost = Pick<ChannelHost, "findConversation" | "now" | "store" | "verify">;

/**
 * Whether mail for a recipient is accepted: for an address that was signed for an existing conversation or delivery, or
 * for a running `npm run email:check`, and for From's own mailbox, to which some email clients reply (those are routed
 * by their headers).
 * @throws if the database is unavailable
 */
export async function checkRecipient(
  host: CheckHost,
  { from, replyDomain }: LocalAddresses,
  recipient: string,
): Promise<RecipientStatus> {
  const { localPart, domain } = splitAddress(recipient.toLowerCase());
  const own = splitAddress(from.toLowerCase());
  const [mailbox = "", ...tags] = localPart.split("+");
  const [ownMailbox] = own.localPart.split("+", 1);
  const isFrom = domain === own.domain && mailbox === ownMailbox;
  if (domain !== own.domain && domain !== replyDomain?.toLowerCase()) return "not-local";
  if (isFrom && tags.join("") === own.localPart.split("+").slice(1).join("")) return "accepted";
  if (!isFrom && domain !== replyDomain?.toLowerCase()) return "unknown";
  return checkTokens(host, localPart.match(/[a-z0-9]{16,}/g) ?? []);
}

async function checkTokens(host: CheckHost, tokens: readonly string[]): Promise<RecipientStatus> {
  let status: RecipientStatus = "unknown";
  for (const token of tokens.slice(0, 4)) {
    const conversationId = host.verify("reply", token);
    const deliveryId = conversationId === null ? host.verify("bounce", token) : null;
    if (conversationId === null && deliveryId === null) {
      if ((await findCheckOfToken(host, token)) !== null) return "accepted";
      continue;
    }
    const found = await host.findConversation(
      conversationId !== null ? { conversationId } : { deliveryId: deliveryId ?? "" },
    );
    if (found === null) continue;
    if (found.erased) status = "erased";
    // Reports about what was sent before the visitor was blocked are still received.
    else if (found.blocked && conversationId !== null) status = "blocked";
    else return "accepted";
  }
  return status;
}
