import type { Statement, Transaction } from "../database/database.js";
import { conflict } from "../errors.js";
import { Visitor } from "./visitor.entity.js";

/**
 * Locks visitors, by ascending id as every statement does, and reads them as they are then. NO KEY UPDATE rather than
 * UPDATE: it stops senders and the due check (FOR SHARE) but not the foreign-key checks of other tables.
 */
export async function lockVisitors(
  transaction: Transaction,
  visitorIds: readonly string[],
): Promise<Map<string, Visitor>> {
  const rows = await transaction.query<Visitor>(lockStatement, [visitorIds]);
  return new Map(rows.map((row) => [row.id, Object.assign(new Visitor(), row)]));
}

/** Locks the visitor who answers to this id, which may be an alias; null when there is none. */
export async function lockVisitor(transaction: Transaction, visitorId: string): Promise<Visitor | null> {
  const visitor = (await lockVisitors(transaction, [visitorId])).get(visitorId);
  if (visitor === undefined) return null;
  return visitor.aliasOf === null ? visitor : lockVisitor(transaction, visitor.aliasOf);
}

/** Reads a visitor again after its row was changed in this transaction. */
export async function rereadVisitor(transaction: Transaction, visitorId: string): Promise<Visitor> {
  const [row] = await transaction.query<Visitor>(readStatement, [visitorId]);
  if (row === undefined) throw new Error(`Visitor ${visitorId} has vanished within its own transaction.`);
  return Object.assign(new Visitor(), row);
}

/** @throws CONFLICT: nothing is written to an erased visitor any more */
export function refuseErased(visitor: Pick<Visitor, "erasedAt">): void {
  if (visitor.erasedAt !== null) throw conflict("This visitor was erased: nothing can be changed any more.");
}

/** Announces that something which conversations show of their visitor changed. */
export async function publishVisitorChanged(transaction: Transaction, visitorId: string): Promise<void> {
  const conversations = await transaction.query<{ id: string }>(conversationIdsStatement, [[visitorId]]);
  for (const { id } of conversations)
    transaction.publish({ type: "conversationUpdated", conversationId: id, visitorId });
}

/** The ids of all conversations of these visitors. */
export async function conversationIdsOf(transaction: Transaction, visitorIds: readonly string[]): Promise<string[]> {
  return (await transaction.query<{ id: string }>(conversationIdsStatement, [visitorIds])).map((row) => row.id);
}

const lockStatement: Statement = {
  name: "lock-visitors",
  text: "SELECT * FROM visitors WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
};
const readStatement: Statement = { name: "reread-visitor", text: "SELECT * FROM visitors WHERE id = $1" };
const conversationIdsStatement: Statement = {
  name: "conversation-ids-of-visitors",
  text: "SELECT id FROM conversations WHERE visitor_id = ANY ($1::uuid[]) ORDER BY id",
};
