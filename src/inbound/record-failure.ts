import type { Statement } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import type { Services } from "../services.js";
import type { ClaimedOriginal } from "./claim-original.js";
import { publishInboundEmail } from "./publish-inbound-email.js";

/** Before the second, third, … attempt; when all are used up, the original becomes FAILED. */
const retryDelaysMinutes = [1, 2, 4, 8, 15] as const;

/** When to retry, given the number of attempts so far; null if there are no retries left. */
function nextAttemptAt(attempts: number, now: Date): Date | null {
  const minutes = retryDelaysMinutes[attempts - 1];
  return minutes === undefined ? null : new Date(now.getTime() + minutes * 60_000);
}

/** Records a failed attempt, if its lease is still held: the original is retried later, or becomes FAILED. */
export async function recordFailure(
  services: Services,
  { original, leaseToken }: ClaimedOriginal,
  detail: string,
): Promise<"retry" | "failed"> {
  const now = services.clock.now();
  const next = nextAttemptAt(original.attempt, now);
  const storedDetail = withoutNul(detail.slice(0, 1_000).toWellFormed());
  const parameters = [original.id, leaseToken, storedDetail, next, now];
  const recorded = await services.database.query(recordFailureStatement, parameters);
  if (recorded.length > 0) publishInboundEmail(services.events, original);
  return next === null ? "failed" : "retry";
}

const recordFailureStatement: Statement = {
  name: "record-original-failure",
  text: `
    UPDATE inbound_originals SET detail = $3, lease_token = NULL, next_attempt_at = $4,
      status = CASE WHEN $4::timestamptz IS NULL THEN 'FAILED' ELSE 'RECEIVED' END,
      settled_at = CASE WHEN $4::timestamptz IS NULL THEN $5::timestamptz END
    WHERE id = $1 AND lease_token = $2 AND status = 'RECEIVED' RETURNING id`,
};
