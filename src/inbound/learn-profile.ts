import type { InboundEvent } from "../channels/channel.js";
import type { Statement } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { knownAddress } from "../forwarding/addresses/parse-address.js";
import { publishVisitorChanged } from "../visitors/lock-visitor.js";
import { findConversationRef, lockConversationRef } from "./conversation-ref.js";
import { type Applying, dropped, type EventOutcome } from "./event-outcome.js";

const maxName = 200;

/** Learns who a visitor is from a channel's vendor. What is known already stays: a visitor may have said it themselves. */
export async function learnProfile(
  { services, transaction, channelId }: Applying,
  { address, name, locale, addressNow }: Extract<InboundEvent, { type: "profile" }>,
): Promise<EventOutcome> {
  const place = await findConversationRef(transaction, channelId, address);
  if (place === null) return dropped("NOT_OURS", "Nobody here has this address.", null);
  const { visitor } = await lockConversationRef(transaction, place);
  const { conversationId } = place;
  if (visitor.erasedAt !== null) return dropped("ERASED", "The visitor was erased.", conversationId);
  await transaction.query(learnStatement, [
    visitor.id,
    boundName(name),
    locale || null,
    channelId,
    addressNow === undefined ? null : JSON.stringify(knownAddress(services, channelId, addressNow)),
  ]);
  await publishVisitorChanged(transaction, visitor.id);
  return { kind: "applied", conversationId, messageId: null, deliveryId: null, suppressed: null };
}

function boundName(name: string | undefined): string | null {
  const bound = withoutNul((name ?? "").trim().slice(0, maxName).toWellFormed());
  return bound === "" ? null : bound;
}

const learnStatement: Statement = {
  name: "learn-profile",
  text: `UPDATE visitors SET name = coalesce(name, $2), locale = coalesce(locale, $3),
      addresses = CASE WHEN $5::jsonb IS NULL THEN addresses ELSE jsonb_set(addresses, ARRAY[$4::text], $5::jsonb) END
    WHERE id = $1`,
};
