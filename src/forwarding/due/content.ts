import { DeliveryKind } from "../deliveries/delivery.entity.js";
import { ForwardingMode, type ForwardingPreference, UnprovenAddress } from "../forwarding-preference.entity.js";

/** More messages than any email shows; those left out are counted in `earlierMessages`. */
const maxMessages = 1000;

/**
 * What an address may get to see. `everything`: the conversation. `replies`: only what agents and bots wrote, nothing of the
 * visitor's own. `notice`: that there is a reply, and the link to it.
 */
export type Disclosure = "everything" | "replies" | "notice";

/**
 * What may be sent to an address: it may be a stranger's whom the visitor wants to send something in the company's name.
 * @param address `personAnswered`: an agent, not a bot, answers for what is sent
 */
export function chooseDisclosure(
  { unprovenAddress }: Pick<ForwardingPreference, "unprovenAddress">,
  address: { readonly proven: boolean; readonly personAnswered: boolean },
): Disclosure {
  if (address.proven) return "everything";
  if (unprovenAddress === UnprovenAddress.NOTICE) return "notice";
  return address.personAnswered ? "everything" : "replies";
}

type ForwardingKind = Exclude<DeliveryKind, DeliveryKind.DIRECT>;

export interface Content {
  readonly kind: ForwardingKind;
  /** Positions of the messages that are sent, inclusive. */
  readonly fromPosition: number;
  readonly toPosition: number;
}

/** What a forwarding carries. */
export function kindOf({ mode }: Pick<ForwardingPreference, "mode">, disclosure: Disclosure): ForwardingKind {
  if (disclosure === "notice") return DeliveryKind.NOTICE;
  return mode === ForwardingMode.FULL_TRANSCRIPT ? DeliveryKind.FULL_TRANSCRIPT : DeliveryKind.UNREAD_REPLIES;
}

/**
 * Which part of a conversation is sent. UNREAD_REPLIES: the pending replies after some context, or all of a short
 * conversation. FULL_TRANSCRIPT: everything. NOTICE: the positions tell which replies it is about. Positions count the
 * conversation's messages from 1.
 */
export function chooseContent(
  preference: Pick<ForwardingPreference, "mode" | "contextMessages" | "shortConversationMessages">,
  disclosure: Disclosure,
  messageCount: number,
  pending: { readonly firstPosition: number; readonly lastPosition: number },
): Content {
  const kind = kindOf(preference, disclosure);
  if (kind === DeliveryKind.NOTICE) {
    return { kind, fromPosition: pending.firstPosition, toPosition: pending.lastPosition };
  }
  const isWhole = kind === DeliveryKind.FULL_TRANSCRIPT || messageCount <= preference.shortConversationMessages;
  const toPosition = isWhole ? messageCount : pending.lastPosition;
  const fromPosition = isWhole ? 1 : pending.firstPosition - preference.contextMessages;
  return { kind, fromPosition: Math.max(1, fromPosition, toPosition - maxMessages + 1), toPosition };
}
