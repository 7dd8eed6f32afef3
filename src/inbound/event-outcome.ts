import type { DropReason } from "../channels/channel.js";
import type { ChannelAddress } from "../forwarding/addresses/suppression.js";

/** What applying an inbound event led to. */
export type EventOutcome =
  | {
      readonly kind: "applied";
      readonly conversationId: string;
      readonly messageId: string | null;
      readonly deliveryId: string | null;
      /** The conversations of this address are refreshed after the commit. */
      readonly suppressed: ChannelAddress | null;
    }
  | {
      readonly kind: "dropped";
      readonly reason: DropReason;
      readonly detail: string;
      readonly conversationId: string | null;
    };

/** The outcome of what a blocked visitor sent. */
export function droppedAsBlocked(conversationId: string | null): EventOutcome {
  return dropped("BLOCKED", "Staff have blocked the visitor.", conversationId);
}

/** The outcome of an event that changed nothing. */
export function dropped(reason: DropReason, detail: string, conversationId: string | null): EventOutcome {
  return { kind: "dropped", reason, detail, conversationId };
}
