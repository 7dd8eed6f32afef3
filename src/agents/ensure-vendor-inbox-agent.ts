import { v5 } from "uuid";
import type { Statement, Transaction } from "../database/database.js";

/** The UUID namespace of these agents' ids; generated randomly once. */
const namespace = "b1f7a4c2-5d0e-4a55-9a7b-7a3f6c1e8d94";

/**
 * Returns the id of the agent who is the author of replies from a vendor's own inbox, and creates it if needed. The actual
 * person is unknown, so there is one for each channel, with the company's name. It is stored as removed: not listed, never
 * online, and unable to sign in.
 */
export async function ensureVendorInboxAgent(
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
  name: "ensure-vendor-inbox-agent",
  text: `INSERT INTO agents (id, name, email, role, password_hash, availability, created_at, removed_at)
    VALUES ($1, $2, '', 'AGENT', '', 'OFFLINE', $3, $3)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE agents.name <> excluded.name`,
};
