import type { Statement, Transaction } from "../database/database.js";
import { lockWritableVisitor, refuseBlocked } from "./lock-visitor.js";
import { propagateVisitorChange } from "./propagate-visitor-change.js";
import { Visitor } from "./visitor.entity.js";
import { isOnline } from "./visitor-presence.js";

/**
 * Records a visitor interaction: a message, typing, reading or recordActivity. It restarts the inactivity period, and the
 * visitor counts as online for a minute. `page` is where it happened, if known.
 * @throws NOT_FOUND, CONFLICT if the visitor is erased, FORBIDDEN if they are blocked
 */
export async function recordInteraction(
  transaction: Transaction,
  visitorId: string,
  now: Date,
  options: { readonly page?: string } = {},
): Promise<Visitor> {
  const before = await lockWritableVisitor(transaction, visitorId);
  refuseBlocked(before);
  const [row] = await transaction.query<Visitor>(recordInteractionStatement, [before.id, now, options.page ?? null]);
  if (row === undefined) throw new Error(`Visitor ${before.id} disappeared although its row is locked.`);
  const after = Object.assign(new Visitor(), row);
  const isVisible = isOnline(before, now) !== isOnline(after, now) || before.page !== after.page;
  await propagateVisitorChange(transaction, [after.id], isVisible ? "presence" : "interaction");
  return after;
}

const recordInteractionStatement: Statement = {
  name: "record-interaction",
  text: `UPDATE visitors SET last_interaction_at = greatest(last_interaction_at, $2), page = coalesce($3, page)
    WHERE id = $1 RETURNING *`,
};
