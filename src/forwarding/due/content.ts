import { DeliveryKind } from "../deliveries/delivery.entity.js";
import { ForwardingMode, type ForwardingPreference } from "../forwarding-preference.entity.js";

/** More messages than any email shows; those left out are counted in `earlierMessages`. */
const maxMessages = 1000;

export interface Content {
  readonly kind: DeliveryKind.UNREAD_REPLIES | DeliveryKind.FULL_TRANSCRIPT;
  /** Positions of the messages that are sent, inclusive. */
  readonly fromPosition: number;
  readonly toPosition: number;
}

/**
 * Which part of a conversation is sent. UNREAD_REPLIES: the pending replies after some context, or all of a short
 * conversation. FULL_TRANSCRIPT: everything. Positions count the conversation's messages from 1.
 */
export function chooseContent(
  preference: Pick<ForwardingPreference, "mode" | "contextMessages" | "shortConversationMessages">,
  messageCount: number,
  pending: { readonly firstPosition: number; readonly lastPosition: number },
): Content {
  const isTranscript = preference.mode === ForwardingMode.FULL_TRANSCRIPT;
  const isWhole = isTranscript || messageCount <= preference.shortConversationMessages;
  const toPosition = isWhole ? messageCount : pending.lastPosition;
  const fromPosition = isWhole ? 1 : pending.firstPosition - preference.contextMessages;
  return {
    kind: isTranscript ? DeliveryKind.FULL_TRANSCRIPT : DeliveryKind.UNREAD_REPLIES,
    fromPosition: Math.max(1, fromPosition, toPosition - maxMessages + 1),
    toPosition,
  };
}
