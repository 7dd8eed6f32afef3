import type { Statement } from "../../database/database.js";
import type { Json } from "../../json.js";
import type { Services } from "../../services.js";
import type { ClaimedDelivery } from "./claim-deliveries.js";

/**
 * A delivery's `saveProgress`: resolves once the progress is committed. Rejects when the worker no longer holds the lease,
 * so that one that was frozen past its lease sends nothing more.
 */
export function saveProgress(services: Services, delivery: ClaimedDelivery): (progress: Json) => Promise<void> {
  return async (progress) => {
    const rows = await services.database.query(saveStatement, [delivery.leaseToken, JSON.stringify(progress)]);
    if (rows.length === 0) throw new Error("The lease of this delivery has run out: another worker may hold it.");
  };
}

const saveStatement: Statement = {
  name: "save-progress",
  text: "UPDATE deliveries SET progress = $2::jsonb WHERE lease_token = $1 AND status = 'SENDING' RETURNING id",
};
