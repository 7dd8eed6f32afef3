import type { InboundSender } from "../channels/channel.js";
import type { Conversation } from "../conversations/conversation.entity.js";
import type { Statement } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { proveAddress } from "../forwarding/addresses/prove-address.js";
import type { Json } from "../json.js";
import { AddressProofKind, type Visitor } from "../visitors/visitor.entity.js";
import { emailChannel } from "../visitors/visitor-address.js";
import type { EventContext } from "./event-context.js";
import { verifySender } from "./verify-sender.js";

const maxLineLength = 500;

/**
 * Stores who sent a message, on a channel where senders can be forged, and whether that is proven to be the visitor. If it
 * is, and came from the visitor's current email address, that address is proven too.
 */
export async function recordSender(
  { services, transaction, channelId, now }: EventContext,
  sender: InboundSender,
  messageId: string,
  conversation: Conversation,
  visitor: Visitor,
): Promise<void> {
  const plugin = services.channels.get(channelId)?.plugin;
  if (plugin === undefined) throw new Error(`Channel ${channelId} is no longer installed.`);
  const used = await transaction.query<{ address: Json }>(usedAddressesStatement, [conversation.id, channelId]);
  const current = visitor.addresses[channelId];
  const addresses = [...(current === undefined ? [] : [current]), ...used].map(({ address }) => address);
  const doubt = verifySender(plugin, sender, addresses);
  await transaction.query(insertSenderStatement, [
    messageId,
    storableLine(sender.address),
    doubt,
    sender.detail === undefined ? null : storableLine(sender.detail),
  ]);
  const isFromCurrent = current !== undefined && verifySender(plugin, sender, [current.address]) === null;
  if (channelId === emailChannel && isFromCurrent) {
    await proveAddress(transaction, visitor.id, AddressProofKind.ANSWER, now);
  }
}

function storableLine(text: string): string {
  return withoutNul(text.slice(0, maxLineLength).toWellFormed());
}

// Addresses that replies of this conversation were sent to: the visitor's address may have changed since.
const usedAddressesStatement: Statement = {
  name: "list-used-addresses",
  text: `SELECT DISTINCT address FROM deliveries
    WHERE conversation_id = $1 AND channel = $2 AND first_attempt_at IS NOT NULL LIMIT 100`,
};

const insertSenderStatement: Statement = {
  name: "insert-message-sender",
  text: "INSERT INTO message_senders (message_id, address, doubt, detail) VALUES ($1, $2, $3, $4)",
};
