import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import { countsAsPresent } from "../sessions/activate-guest.js";
import type { VisitorViewer } from "../viewer.js";
import { lockWritableVisitor } from "../visitors/lock-visitor.js";
import { propagateVisitorChange } from "../visitors/propagate-visitor-change.js";
import { Visitor } from "../visitors/visitor.entity.js";

/**
 * Called when the page is unloaded: ends the minute of presence after an interaction. Connections that are still open, of
 * other tabs for instance, continue to count. @throws CONFLICT if the visitor is erased
 */
export async function leaveWebsite(services: Services, viewer: VisitorViewer): Promise<Visitor> {
  return services.database.transaction(async (transaction) => {
    const visitor = await lockWritableVisitor(transaction, viewer.visitorId);
    if (!(await countsAsPresent(transaction.query, viewer))) return visitor;
    const [row] = await transaction.query<Visitor>(departStatement, [visitor.id, services.clock.now()]);
    await propagateVisitorChange(transaction, [visitor.id], "presence");
    return Object.assign(new Visitor(), row);
  });
}

const departStatement: Statement = {
  name: "leave-website",
  text: "UPDATE visitors SET departed_at = greatest(departed_at, $2) WHERE id = $1 RETURNING *",
};
