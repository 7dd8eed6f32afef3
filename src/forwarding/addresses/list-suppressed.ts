import { z } from "zod";
import type { Statement } from "../../database/database.js";
import { withoutNul } from "../../database/without-nul.js";
import { instantKey } from "../../graphql/connection.js";
import { type Page, type PageRequest, pageOf } from "../../graphql/page.js";
import type { Services } from "../../services.js";
import { SuppressedAddress } from "./suppressed-address.js";

/** `[suppressed at in ISO 8601, channel's id, address]`. */
export const suppressedCursor = z.tuple([instantKey, z.string(), z.string()]);

/** A page of suppressed addresses, newest first; `search` is any part of the address, in any letter case. */
export async function listSuppressed(
  services: Services,
  search: string | null,
  page: PageRequest,
): Promise<Page<SuppressedAddress>> {
  const [since = null, channel = null, address = null] = page.cursor ?? [];
  const rows = await services.database.query<SuppressedAddress>(listStatement, [
    page.limit + 1,
    withoutNul((search ?? "").trim()),
    since,
    channel === null ? null : withoutNul(String(channel)),
    address === null ? null : withoutNul(String(address)),
  ]);
  return pageOf(
    rows.map((row) => Object.assign(new SuppressedAddress(), row)),
    page,
  );
}

// strpos instead of LIKE: an address may contain LIKE's wildcards.
const listStatement: Statement = {
  name: "suppressed-addresses",
  text: `
    SELECT channel, address, reason, suppressed_at AS since, detail FROM address_states
    WHERE suppressed_at IS NOT NULL AND strpos(lower(address), lower($2)) > 0
      AND ($3::timestamptz IS NULL OR (suppressed_at, channel, address) < ($3::timestamptz, $4::text, $5::text))
    ORDER BY suppressed_at DESC, channel DESC, address DESC LIMIT $1`,
};
