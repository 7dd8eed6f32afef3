import type { DropReason } from "../channels/channel.js";
import type { Transaction } from "../database/database.js";
import type { ChannelAddress } from "../forwarding/addresses/suppression.js";
import type { Services } from "../services.js";
import type { FilesOfEvents } from "./store-files.js";

/** What an event is applied within. */
export interface Applying {
  readonly services: Services;
  readonly transaction: Transaction;
  readonly channelId: string;
  readonly now: Date;
  /** The original that the event was understood from; null where the channel gave the event itself. */
  readonly originalId: string | null;
  readonly files: FilesOfEvents;
}

/** What an event led to. */
export type EventOutcome =
  | {
      readonly kind: "applied";
      readonly conversationId: string;
      readonly messageId: string | null;
      readonly deliveryId: string | null;
      /** Its conversations are looked at again once this is committed. */
      readonly suppressed: ChannelAddress | null;
    }
  | {
      readonly kind: "dropped";
      readonly reason: DropReason;
      readonly detail: string;
      readonly conversationId: string | null;
    };

/** Nothing was to be done. */
export function dropped(reason: DropReason, detail: string, conversationId: string | null): EventOutcome {
  return { kind: "dropped", reason, detail, conversationId };
}
