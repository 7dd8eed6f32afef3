import { v7 } from "uuid";
import type { Statement, Transaction } from "../database/database.js";

/** Creates a visitor, of whom at most the website's own id is known. Returns the visitor's id. */
export async function createVisitor(transaction: Transaction, externalId: string | null, now: Date): Promise<string> {
  const id = v7();
  await transaction.query(insertStatement, [id, externalId, now]);
  return id;
}

const insertStatement: Statement = {
  name: "insert-visitor",
  text: "INSERT INTO visitors (id, external_id, created_at) VALUES ($1, $2, $3)",
};
