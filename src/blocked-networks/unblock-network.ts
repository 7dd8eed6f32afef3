import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import { describeRange, parseRange } from "./parse-range.js";

/**
 * Lets visitors of a network chat again. Only this range itself is unblocked, not a larger one that contains it. Returns whether
 * it was blocked.
 * @throws BAD_USER_INPUT for `range`
 */
export async function unblockNetwork(services: Services, range: string): Promise<boolean> {
  const parsed = parseRange("range", range);
  const [removed] = await services.database.query<{ inForce: boolean }>(unblockStatement, [
    describeRange(parsed),
    services.clock.now(),
  ]);
  await services.blockedNetworks.refresh();
  return removed?.inForce ?? false;
}

const unblockStatement: Statement = {
  name: "unblock-network",
  text: `DELETE FROM blocked_networks WHERE range = $1::cidr
    RETURNING expires_at IS NULL OR expires_at > $2 AS in_force`,
};
