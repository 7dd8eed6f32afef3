import { v5 } from "uuid";
import type { Statement, Transaction } from "../database/database.js";

/** Of these ids; random once. */
const namespace = "b1f7a4c2-5d0e-4a55-9a7b-7a3f6c1e8d94";

/**
 * Who writes in a vendor's own inbox: nobody knows which person, so one for each channel, by the company's name. Removed from
 * the start: not listed, never online, and nobody can sign in as them. The id.
 */
export async function findOutsideAgent(
  transaction: Transaction,
  channelId: string,
  companyName: string,
  now: Date,
): Promise<string> {
  const id = v5(channelId, namespace);
  await transaction.query(ensureStatement, [id, companyName, now]);
  return id;
}

const ensureStatement: Statement = {
  name: "ensure-outside-agent",
  text: `INSERT INTO agents (id, name, email, role, password_hash, availability, created_at, removed_at)
    VALUES ($1, $2, '', 'AGENT', '', 'OFFLINE', $3, $3)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE agents.name <> excluded.name`,
};
