import type { Database, Statement } from "../../database/database.js";
import { SuppressedAddress } from "./suppressed-address.js";

/**
 * Why nothing is sent to addresses, in their order; null for one that is not suppressed.
 * @param keys `[channel's id, address]` as JSON; the address as it is stored, not as it is shown
 */
export async function readSuppressions(
  database: Database,
  keys: readonly string[],
): Promise<(SuppressedAddress | null)[]> {
  const rows = await database.query<SuppressedAddress & { readonly key: string }>(statement, [keys]);
  const byKey = new Map(rows.map(({ key, ...row }) => [key, Object.assign(new SuppressedAddress(), row)]));
  return keys.map((key) => byKey.get(key) ?? null);
}

const statement: Statement = {
  name: "suppressions-of-addresses",
  text: `
    SELECT given.key, state.channel, state.address, state.reason, state.suppressed_at AS since, state.detail
    FROM unnest($1::text[]) AS given (key) JOIN address_states AS state
      ON state.channel = given.key::jsonb ->> 0 AND state.address = given.key::jsonb ->> 1
    WHERE state.suppressed_at IS NOT NULL`,
};
