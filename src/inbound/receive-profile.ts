import type { InboundEvent } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { knownAddress } from "../forwarding/addresses/parse-address.js";
import { publishVisitorChanged } from "../visitors/visitor-conversations.js";
import { findConversationRef, lockConversationRef } from "./conversation-ref.js";
import type { EventContext } from "./event-context.js";
import { dropped, droppedAsBlocked, type EventOutcome } from "./event-outcome.js";

const maxNameLength = 200;

/** Stores a visitor's profile as the vendor has it. A stored name or locale is kept: the visitor may have provided it. */
export async function receiveProfile(
  { services, transaction, channelId }: EventContext,
  { address, name, locale, addressNow }: Extract<InboundEvent, { type: "profile" }>,
): Promise<EventOutcome> {
  const ref = await findConversationRef(transaction, channelId, address);
  if (ref === null) return dropped("NOT_OURS", "No visitor has this address.", null);
  const { visitor } = await lockConversationRef(transaction, ref);
  const { conversationId } = ref;
  if (visitor.erasedAt !== null) return dropped("ERASED", "The visitor was erased.", conversationId);
  if (visitor.blockedAt !== null) return droppedAsBlocked(conversationId);
  await transaction.query(updateProfileStatement, [
    visitor.id,
    storableName(name),
    locale || null,
    channelId,
    addressNow === undefined ? null : JSON.stringify(knownAddress(services, channelId, addressNow)),
  ]);
  await publishVisitorChanged(transaction, visitor.id);
  return { kind: "applied", conversationId, messageId: null, deliveryId: null, suppressed: null };
}

function storableName(name: string | undefined): string | null {
  const storable = withoutNul((name ?? "").trim().slice(0, maxNameLength).toWellFormed());
  return storable === "" ? null : storable;
}

const updateProfileStatement: Statement = {
  name: "update-visitor-profile",
  text: `UPDATE visitors SET name = coalesce(name, $2), locale = coalesce(locale, $3),
      addresses = CASE WHEN $5::jsonb IS NULL THEN addresses ELSE jsonb_set(addresses, ARRAY[$4::text], $5::jsonb) END
    WHERE id = $1`,
};
