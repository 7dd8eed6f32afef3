import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import { suppressedChannelsSql } from "./addresses/suppressed-channels.js";
import { decideWhenAway, type WhenAwayFacts } from "./due/decide-when-away.js";
import { readReadyChannels } from "./due/read-facts.js";
import { readPreference } from "./read-preference.js";
import type { WhenAway } from "./when-away.js";

type VisitorRow = Pick<WhenAwayFacts, "addresses" | "suppressedChannels" | "optedOut" | "unreachable">;

/**
 * What these visitors may be promised, in their order; null for a visitor who does not exist, or whose conversation it is not.
 * @param asked `visitorId` or `visitorId:conversationId`, both UUIDs
 */
export async function readWhenAway(services: Services, asked: readonly string[]): Promise<(WhenAway | null)[]> {
  const query = services.database.query.bind(services.database);
  const ids = asked.map((one) => one.split(":"));
  const parameters = [ids.map(([visitorId]) => visitorId), ids.map(([, conversationId]) => conversationId ?? null)];
  const rows = await query<VisitorRow & { readonly place: string }>(statement, parameters);
  const { mode } = await readPreference(query);
  const readyChannels = new Set(await readReadyChannels(services, query));
  const whenAwayChannels = services.channels.whenAway();
  const byPlace = new Map(rows.map(({ place, ...row }) => [Number(place), row]));
  return asked.map((_, index) => {
    const row = byPlace.get(index + 1);
    return row === undefined ? null : decideWhenAway({ mode, whenAwayChannels, readyChannels, ...row });
  });
}

const statement: Statement = {
  name: "when-away",
  text: `
    SELECT asked.place, visitor.addresses,
      visitor.opted_out_at IS NOT NULL OR conversation.opted_out_at IS NOT NULL AS opted_out,
      visitor.blocked_at IS NOT NULL OR visitor.erased_at IS NOT NULL AS unreachable,
      ${suppressedChannelsSql} AS suppressed_channels
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (visitor_id, conversation_id, place)
      JOIN visitors AS visitor ON visitor.id = asked.visitor_id
      LEFT JOIN conversations AS conversation ON conversation.id = asked.conversation_id
        AND conversation.visitor_id = asked.visitor_id
    WHERE asked.conversation_id IS NULL OR conversation.id IS NOT NULL`,
};
