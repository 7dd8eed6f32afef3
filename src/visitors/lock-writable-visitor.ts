import type { Transaction } from "../database/database.js";
import { notFound } from "../errors.js";
import { lockVisitor, refuseErased } from "./lock-visitor.js";
import type { Visitor } from "./visitor.entity.js";

/** Locks the visitor who answers to this id, for a change of presence. @throws NOT_FOUND, CONFLICT when erased */
export async function lockWritableVisitor(transaction: Transaction, visitorId: string): Promise<Visitor> {
  const visitor = await lockVisitor(transaction, visitorId);
  if (visitor === null) throw notFound("visitor");
  refuseErased(visitor);
  return visitor;
}
