import type { InboundEvent } from "../../channels/channel.js";
import { notAfter } from "../../clock.js";
import type { Conversation } from "../../conversations/conversation.entity.js";
import { readConversation } from "../../conversations/find-conversation.js";
import type { Statement, Transaction } from "../../database/database.js";
import { recordReceipt } from "./record-receipt.js";

/** A delivery that a vendor's echo confirmed. */
export interface SentDelivery {
  readonly deliveryId: string;
  readonly conversation: Conversation;
}

/**
 * Records that a delivery was sent, as the vendor's echo of the message shows: a delivery without a known outcome is SENT,
 * and its worker's late result is ignored. `sentAt` becomes the vendor's time, because its read watermarks refer to that.
 * Null: no such delivery.
 */
export async function recordSent(
  transaction: Transaction,
  channelId: string,
  { deliveryId, messageId, at }: Pick<Extract<InboundEvent, { type: "sent" }>, "deliveryId" | "messageId" | "at">,
  now: Date,
): Promise<SentDelivery | null> {
  const sentAt = notAfter(at, now);
  const receipt = { status: "SENT", at: sentAt, externalId: messageId } as const;
  const recorded = await recordReceipt(transaction, channelId, { deliveryId }, receipt, now);
  if (recorded === null) return null;
  await transaction.query(sentAtStatement, [deliveryId, sentAt, messageId]);
  const conversation = await readConversation(transaction, recorded.conversationId);
  if (conversation === null) throw new Error(`Conversation ${recorded.conversationId} of a delivery does not exist.`);
  return { deliveryId, conversation };
}

const sentAtStatement: Statement = {
  name: "update-sent-at",
  text: `
    UPDATE deliveries SET sent_at = least(sent_at, $2),
      external_ids = CASE WHEN external_ids @> jsonb_build_array($3::text) THEN external_ids
        ELSE external_ids || jsonb_build_array($3::text) END
    WHERE id = $1 AND status IN ('SENT', 'DELIVERED')`,
};
