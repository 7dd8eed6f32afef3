import type { Statement } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import type { Services } from "../services.js";
import type { ClaimedOriginal } from "./claim-original.js";

/** Minutes before the next attempt; after as many attempts and one more it stands as FAILED. */
const pausesMinutes = [1, 2, 4, 8, 15] as const;

/** When an original that could not be understood is tried again, by the attempts so far; null: it stands as FAILED. */
function nextInterpretationAt(attempts: number, now: Date): Date | null {
  const minutes = pausesMinutes[attempts - 1];
  return minutes === undefined ? null : new Date(now.getTime() + minutes * 60_000);
}

/** Records that an attempt failed, while its lease is held: tried again later, or FAILED, for admins to see. */
export async function recordFailure(
  services: Services,
  { original, leaseToken }: ClaimedOriginal,
  detail: string,
): Promise<"again" | "failed"> {
  const now = services.clock.now();
  const next = nextInterpretationAt(original.attempt, now);
  const shown = withoutNul(detail.slice(0, 1_000).toWellFormed());
  await services.database.query(failureStatement, [original.id, leaseToken, shown, next, now]);
  return next === null ? "failed" : "again";
}

const failureStatement: Statement = {
  name: "record-failed-interpretation",
  text: `
    UPDATE inbound_originals SET detail = $3, lease_token = NULL, next_attempt_at = $4,
      status = CASE WHEN $4::timestamptz IS NULL THEN 'FAILED' ELSE 'RECEIVED' END,
      settled_at = CASE WHEN $4::timestamptz IS NULL THEN $5::timestamptz END
    WHERE id = $1 AND lease_token = $2 AND status = 'RECEIVED'`,
};
