import { DeliveryKind } from "../deliveries/delivery.entity.js";
import { ForwardingMode, type ForwardingPreference } from "../forwarding-preference.entity.js";

/** More messages than any mail shows; what is left out is counted in `earlierMessages`. */
const maxMessages = 1000;

export interface Content {
  readonly kind: DeliveryKind.UNREAD_REPLIES | DeliveryKind.FULL_TRANSCRIPT;
  /** Positions of the messages that travel, inclusive. */
  readonly fromPosition: number;
  readonly toPosition: number;
}

/**
 * Which part of a conversation travels. UNREAD_REPLIES: the pending replies after some context, or a short conversation
 * whole. FULL_TRANSCRIPT: everything. Positions count the conversation's messages from 1.
 */
export function chooseContent(
  preference: Pick<ForwardingPreference, "mode" | "contextMessages" | "shortConversationMessages">,
  messageCount: number,
  pending: { readonly firstPosition: number; readonly lastPosition: number },
): Content {
  const transcript = preference.mode === ForwardingMode.FULL_TRANSCRIPT;
  const whole = transcript || messageCount <= preference.shortConversationMessages;
  const toPosition = whole ? messageCount : pending.lastPosition;
  const fromPosition = whole ? 1 : pending.firstPosition - preference.contextMessages;
  return {
    kind: transcript ? DeliveryKind.FULL_TRANSCRIPT : DeliveryKind.UNREAD_REPLIES,
    fromPosition: Math.max(1, fromPosition, toPosition - maxMessages + 1),
    toPosition,
  };
}
