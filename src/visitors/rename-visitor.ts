import type { Statement, Transaction } from "../database/database.js";
import type { Visitor } from "./visitor.entity.js";
import { publishVisitorChanged } from "./visitor-conversations.js";

/** Sets the name of a visitor, whose row the caller has locked; null removes it. */
export async function renameVisitor(transaction: Transaction, visitor: Visitor, name: string | null): Promise<void> {
  if (name === visitor.name) return;
  await transaction.query(renameStatement, [visitor.id, name]);
  await publishVisitorChanged(transaction, visitor.id);
}

const renameStatement: Statement = { name: "rename-visitor", text: "UPDATE visitors SET name = $2 WHERE id = $1" };
