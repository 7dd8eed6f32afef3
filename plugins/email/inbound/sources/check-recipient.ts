import type { ChannelHost } from "afterchat/channel";
import { splitAddress } from "../../address.js";
import { findCheckOfToken } from "../../check/check-store.js";

/** `foreign`: not even of a domain of ours. `gone`: of a conversation whose visitor was erased. */
export type RecipientVerdict = "ours" | "gone" | "unknown" | "foreign";

/** Which mailboxes are ours. */
export interface OwnMailboxes {
  readonly from: string;
  readonly replyDomain: string | null;
}

type JudgingHost = Pick<ChannelHost, "findConversation" | "now" | "store" | "verify">;

/**
 * Whether a forward path is ours: an address that was signed for a conversation or a delivery that exists, or for a check
 * that is going on (`npm run email:check`), or From's own mailbox, which some mail programs answer to (its mails are routed by their headers).
 * @throws when the database cannot be asked
 */
export async function checkRecipient(
  host: JudgingHost,
  { from, replyDomain }: OwnMailboxes,
  recipient: string,
): Promise<RecipientVerdict> {
  const { localPart, domain } = splitAddress(recipient.toLowerCase());
  const own = splitAddress(from.toLowerCase());
  const [mailbox = "", ...tags] = localPart.split("+");
  const [ownMailbox] = own.localPart.split("+", 1);
  const isFrom = domain === own.domain && mailbox === ownMailbox;
  if (domain !== own.domain && domain !== replyDomain?.toLowerCase()) return "foreign";
  if (isFrom && tags.join("") === own.localPart.split("+").slice(1).join("")) return "ours";
  if (!isFrom && domain !== replyDomain?.toLowerCase()) return "unknown";
  return checkTokens(host, localPart.match(/[a-z0-9]{16,}/g) ?? []);
}

async function checkTokens(host: JudgingHost, tokens: readonly string[]): Promise<RecipientVerdict> {
  let verdict: RecipientVerdict = "unknown";
  for (const token of tokens.slice(0, 4)) {
    const conversationId = host.verify("reply", token);
    const deliveryId = conversationId === null ? host.verify("bounce", token) : null;
    if (conversationId === null && deliveryId === null) {
      if ((await findCheckOfToken(host, token)) !== null) return "ours";
      continue;
    }
    const found = await host.findConversation(
      conversationId !== null ? { conversationId } : { deliveryId: deliveryId ?? "" },
    );
    if (found !== null && !found.erased) return "ours";
    if (found !== null) verdict = "gone";
  }
  return verdict;
}
