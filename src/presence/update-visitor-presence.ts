import type { Statement, Transaction } from "../database/database.js";

/** Someone whose connections change, and when the last of those that went did; null when one came. */
export interface PresenceChange {
  readonly id: string;
  readonly leftAt: Date | null;
}

/** What having no connection in the count means: `keep`, while others may not have entered theirs again, proves nothing. */
export type WithoutConnection = "leave" | "keep";

/** A visitor's presence as it was when its row was locked. */
export interface LockedVisitor {
  readonly id: string;
  readonly connected: boolean;
  /** The visitor that an identity has made of this one. */
  readonly aliasOf: string | null;
}

/**
 * Locks visitors in the order that everybody follows. Whoever holds the lock decides alone who is connected. Aliases are
 * answered by the visitor whom they became, so the changes that come back may be about others.
 */
export async function lockVisitors(
  transaction: Transaction,
  changes: readonly PresenceChange[],
): Promise<{ readonly changes: readonly PresenceChange[]; readonly locked: readonly LockedVisitor[] }> {
  if (changes.length === 0) return { changes, locked: [] };
  const locked = await transaction.query<LockedVisitor>(lockStatement, [changes.map(({ id }) => id)]);
  const aliases = new Map(locked.flatMap(({ id, aliasOf }) => (aliasOf === null ? [] : [[id, aliasOf]])));
  if (aliases.size === 0) return { changes, locked };
  const followed = changes.map((change) => ({ ...change, id: aliases.get(change.id) ?? change.id }));
  return lockVisitors(transaction, oneEach(followed));
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
 * Stores for locked visitors whether the connections as they are now leave them connected, and when they left. Returns
 * who came or went.
 */
export async function updateVisitorPresence(
  transaction: Transaction,
  changes: readonly PresenceChange[],
  locked: readonly LockedVisitor[],
  withoutConnection: WithoutConnection,
): Promise<string[]> {
  if (changes.length === 0) return [];
  const updated = await transaction.query<{ id: string; connected: boolean }>(updateStatement, [
    changes.map((change) => change.id),
    changes.map((change) => change.leftAt?.toISOString() ?? null),
    withoutConnection,
  ]);
  const connectedBefore = new Set(locked.filter((visitor) => visitor.connected).map(({ id }) => id));
  // Closing one tab of several is a sign of life, and nothing follows from it yet.
  return updated.filter(({ id, connected }) => !(connected && connectedBefore.has(id))).map(({ id }) => id);
}

// Ids are compared with the array once more where an index is to be used: the planner would rather read whole tables.
const connectedNow = `visitors.id IN (SELECT visitor_id FROM connections WHERE visitor_id = ANY ($1::uuid[]))
  OR ($3 = 'keep' AND visitors.connected)`;

const updateStatement: Statement = {
  name: "update-visitor-presence",
  text: `
    UPDATE visitors SET connected = ${connectedNow}, departed_at = greatest(visitors.departed_at, change.left_at)
    FROM unnest($1::uuid[], $2::timestamptz[]) AS change (id, left_at)
    WHERE visitors.id = change.id AND visitors.id = ANY ($1::uuid[])
      AND (visitors.connected <> (${connectedNow}) OR change.left_at > coalesce(visitors.departed_at, '-infinity'))
    RETURNING visitors.id, visitors.connected`,
};
