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

/** Visitors whose connections change: locked before they do, settled after. */
export interface LockedVisitors {
  readonly changes: readonly PresenceChange[];
  readonly connectedBefore: ReadonlySet<string>;
  /** The visitor whom an identity has made of this one meanwhile; mostly the same. */
  resolve(visitorId: string): string;
}

/** Locks visitors in the order that everybody follows. Whoever holds the lock decides alone who is connected. */
export async function lockVisitors(
  transaction: Transaction,
  changes: readonly PresenceChange[],
): Promise<LockedVisitors> {
  const connectedBefore = new Set<string>();
  const aliases = new Map<string, string>();
  let ids = [...new Set(changes.map((change) => change.id))];
  while (ids.length > 0) {
    const rows = await transaction.query<LockedRow>(lockStatement, [ids]);
    for (const { id, connected, aliasOf } of rows) {
      if (connected) connectedBefore.add(id);
      if (aliasOf !== null) aliases.set(id, aliasOf);
    }
    ids = [...new Set(rows.flatMap((row) => row.aliasOf ?? []))];
  }
  const resolve = (visitorId: string): string => {
    const alias = aliases.get(visitorId);
    return alias === undefined ? visitorId : resolve(alias);
  };
  return {
    changes: oneEach(changes.map((change) => ({ ...change, id: resolve(change.id) }))),
    connectedBefore,
    resolve,
  };
}

interface LockedRow {
  readonly id: string;
  readonly connected: boolean;
  readonly aliasOf: string | null;
}

const lockStatement: Statement = {
  name: "lock-visitors-for-presence",
  text: "SELECT id, connected, alias_of FROM visitors WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
};

/** Merges the changes of each into one, with the latest leaving. */
export function oneEach(changes: readonly PresenceChange[]): PresenceChange[] {
  const leftTimes = new Map<string, Date | null>();
  for (const { id, leftAt } of changes) {
    const latest = leftTimes.get(id) ?? null;
    leftTimes.set(id, latest === null || (leftAt !== null && leftAt > latest) ? leftAt : latest);
  }
  return [...leftTimes].map(([id, leftAt]) => ({ id, leftAt }));
}

/**
 * Stores, for visitors locked by `lockVisitors`, whether they are connected according to the connections as they are now,
 * and when they left; and what follows from it: due times and events.
 */
export async function settleVisitors(
  transaction: Transaction,
  { changes, connectedBefore }: LockedVisitors,
  withoutConnection: WithoutConnection,
): Promise<void> {
  if (changes.length === 0) return;
  const updated = await transaction.query<{ id: string; connected: boolean }>(settleStatement, [
    changes.map((change) => change.id),
    changes.map((change) => change.leftAt?.toISOString() ?? null),
    withoutConnection,
  ]);
  // Closing one tab of several is a sign of life, and nothing follows from it yet.
  const cameOrWent = updated.filter((row) => !(row.connected && connectedBefore.has(row.id))).map((row) => row.id);
  await refreshDueTimes(transaction, cameOrWent);
  await publishVisitorChanges(transaction, cameOrWent, "presence");
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
