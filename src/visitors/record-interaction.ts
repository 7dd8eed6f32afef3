import type { Statement, Transaction } from "../database/database.js";
import { lockWritableVisitor } from "./lock-writable-visitor.js";
import { Visitor } from "./visitor.entity.js";
import { visitorChanged } from "./visitor-changed.js";
import { isOnline } from "./visitor-presence.js";

/**
 * The visitor did something: a message, typing, reading or recordActivity. It restarts the inactivity clock and shows,
 * for a minute, that the visitor is there. `page` is where it happened, if known.
 * @throws NOT_FOUND, CONFLICT when the visitor is erased
 */
export async function recordInteraction(
  transaction: Transaction,
  visitorId: string,
  now: Date,
  options: { readonly page?: string } = {},
): Promise<Visitor> {
  const before = await lockWritableVisitor(transaction, visitorId);
  const [row] = await transaction.query<Visitor>(recordInteractionStatement, [before.id, now, options.page ?? null]);
  if (row === undefined) throw new Error(`Visitor ${before.id} has vanished although its row was locked.`);
  const after = Object.assign(new Visitor(), row);
  const shows = isOnline(before, now) !== isOnline(after, now) || before.page !== after.page;
  await visitorChanged(transaction, [after.id], shows ? "presence" : "doing");
  return after;
}

const recordInteractionStatement: Statement = {
  name: "record-interaction",
  text: `UPDATE visitors SET last_interaction_at = greatest(last_interaction_at, $2), page = coalesce($3, page)
    WHERE id = $1 RETURNING *`,
};
