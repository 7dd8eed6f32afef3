import type { Statement, Transaction } from "../database/database.js";
import { conflict, forbidden, notFound } from "../errors.js";
import { Visitor } from "./visitor.entity.js";

/**
 * Locks and reads visitors, by ascending id as every statement does. Uses NO KEY UPDATE instead of UPDATE: that blocks
 * senders and the due check (FOR SHARE), but not the foreign-key checks of other tables.
 */
export async function lockVisitors(
  transaction: Transaction,
  visitorIds: readonly string[],
): Promise<Map<string, Visitor>> {
  const rows = await transaction.query<Visitor>(lockStatement, [visitorIds]);
  return new Map(rows.map((row) => [row.id, Object.assign(new Visitor(), row)]));
}

/** Locks the visitor with this id, or the one that it is an alias of; null if it does not exist. */
export async function lockVisitor(transaction: Transaction, visitorId: string): Promise<Visitor | null> {
  const visitor = (await lockVisitors(transaction, [visitorId])).get(visitorId);
  if (visitor === undefined) return null;
  return visitor.aliasOf === null ? visitor : lockVisitor(transaction, visitor.aliasOf);
}

/** Like `lockVisitor`, for an operation that changes the visitor. @throws NOT_FOUND, CONFLICT if the visitor is erased */
export async function lockWritableVisitor(transaction: Transaction, visitorId: string): Promise<Visitor> {
  const visitor = await lockVisitor(transaction, visitorId);
  if (visitor === null) throw notFound("visitor");
  refuseErased(visitor);
  return visitor;
}

/** Reads a visitor again after its row has been changed in this transaction. */
export async function rereadVisitor(transaction: Transaction, visitorId: string): Promise<Visitor> {
  const [row] = await transaction.query<Visitor>(readStatement, [visitorId]);
  if (row === undefined) throw new Error(`Visitor ${visitorId} disappeared during its own transaction.`);
  return Object.assign(new Visitor(), row);
}

/** @throws CONFLICT if the visitor is erased: nothing may be written for them any more */
export function refuseErased(visitor: Pick<Visitor, "erasedAt">): void {
  if (visitor.erasedAt !== null) throw conflict("This visitor was erased: nothing can be changed any more.");
}

/** @throws FORBIDDEN if staff have blocked the visitor: to be called before anything that a visitor does */
export function refuseBlocked(visitor: Pick<Visitor, "blockedAt">): void {
  if (visitor.blockedAt !== null)
    throw forbidden("You have been blocked: nothing you write here is accepted any more.");
}

const lockStatement: Statement = {
  name: "lock-visitors",
  text: "SELECT * FROM visitors WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
};
const readStatement: Statement = { name: "reread-visitor", text: "SELECT * FROM visitors WHERE id = $1" };
