import type { Statement, Transaction } from "../database/database.js";
import { refreshDueTimes } from "../forwarding/refresh-forwarding.js";
import { publishVisitorChanges } from "./publish-visitor-changes.js";

/** Someone whose connections change, and when the last of those that went did; null when one came. */
export interface PresenceChange {
  readonly id: string;
  readonly leftAt: Date | null;
}

/** What having no connection in the count means: `keep`, while others may not have entered theirs again, proves nothing. */
export type WithoutConnection = "leave" | "keep";

/** Whom a change of connections is about: locked before their connections change, settled after. */
export interface LockedPresence {
  readonly changes: readonly PresenceChange[];
  readonly connectedBefore: ReadonlySet<string>;
}

/** Locks visitors in the order that everybody follows. Whoever holds the lock decides alone who is connected. */
export async function lockVisitors(transaction: Transaction, changes: readonly PresenceChange[]): Promise<LockedPresence> {
  if (changes.length === 0) return { changes, connectedBefore: new Set() };
  const rows = await transaction.query<{ id: string; connected: boolean }>(lockStatement, [
    changes.map((change) => change.id),
  ]);
  return { changes, connectedBefore: new Set(rows.filter((row) => row.connected).map((row) => row.id)) };
}

const lockStatement: Statement = {
  name: "lock-visitors-for-presence",
  text: "SELECT id, connected FROM visitors WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
};

/**
 * Stores, for visitors locked by `lockVisitors`, whether they are connected according to the connections as they are now,
 * and when they left; and what follows from it: due times and events.
 */
export async function settleVisitors(
  transaction: Transaction,
  { changes, connectedBefore }: LockedPresence,
  withoutConnection: WithoutConnection,
): Promise<void> {
  if (changes.length === 0) return;
  const ids = changes.map((change) => change.id);
  const leftTimes = changes.map((change) => change.leftAt?.toISOString() ?? null);
  const updated = await transaction.query<{ id: string; connected: boolean }>(settleStatement, [
    changes.map((change) => change.id),
    changes.map((change) => change.leftAt?.toISOString() ?? null),
    withoutConnection,
  ]);
  // Closing one tab of several is a sign of life, and nothing follows from it yet.
  const cameOrWent = updated.filter((row) => !(row.connected && connectedBefore.has(row.id))).map((row) => row.id);
  await refreshDueTimes(transaction, cameOrWent);
  await publishVisitorChanges(transaction, cameOrWent);
}

const settleStatement: Statement = {
  name: "settle-visitors",
  text: `
    UPDATE visitors SET connected = settled.connected, departed_at = greatest(visitors.departed_at, settled.left_at)
    FROM (
      SELECT visitor.id, change.left_at,
        EXISTS (SELECT FROM connections WHERE connections.visitor_id = visitor.id)
          OR ($3 = 'keep' AND visitor.connected) AS connected
      FROM unnest($1::uuid[], $2::timestamptz[]) AS change (id, left_at) JOIN visitors AS visitor ON visitor.id = change.id
    ) AS settled
    WHERE visitors.id = settled.id
      AND (visitors.connected <> settled.connected OR settled.left_at > coalesce(visitors.departed_at, '-infinity'))
    RETURNING visitors.id, visitors.connected`,
};
