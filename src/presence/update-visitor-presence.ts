import type { Statement, Transaction } from "../database/database.js";

/** A visitor or agent whose connections changed, and when the last closed one closed; null if one was opened. */
export interface PresenceChange {
  readonly id: string;
  readonly leftAt: Date | null;
}

/**
 * What it means to have no registered connection. `keep`: the presence is left as it is, because other processes may not
 * have registered their connections again.
 */
export type WithoutConnection = "leave" | "keep";

/** A visitor's presence at the time its row was locked. */
export interface LockedVisitor {
  readonly id: string;
  readonly connected: boolean;
  /** The visitor that this one has joined. */
  readonly aliasOf: string | null;
}

/**
 * Locks visitors by ascending id, the order used everywhere. Presence may only be changed while holding this lock. Aliases
 * are replaced by the visitors they joined, so the returned changes may refer to other ids.
 */
export async function lockVisitorsForPresence(
  transaction: Transaction,
  changes: readonly PresenceChange[],
): Promise<{ readonly changes: readonly PresenceChange[]; readonly locked: readonly LockedVisitor[] }> {
  if (changes.length === 0) return { changes, locked: [] };
  const locked = await transaction.query<LockedVisitor>(lockStatement, [changes.map(({ id }) => id)]);
  const aliases = new Map(locked.flatMap(({ id, aliasOf }) => (aliasOf === null ? [] : [[id, aliasOf]])));
  if (aliases.size === 0) return { changes, locked };
  const followed = changes.map((change) => ({ ...change, id: aliases.get(change.id) ?? change.id }));
  return lockVisitorsForPresence(transaction, mergeChanges(followed));
}

const lockStatement: Statement = {
  name: "lock-visitors-for-presence",
  text: "SELECT id, connected, alias_of FROM visitors WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
};

/** Merges the changes of each person into one, with the latest `leftAt`. */
export function mergeChanges(changes: readonly PresenceChange[]): PresenceChange[] {
  const leftTimes = new Map<string, Date | null>();
  for (const { id, leftAt } of changes) {
    const latest = leftTimes.get(id) ?? null;
    leftTimes.set(id, latest === null || (leftAt !== null && leftAt > latest) ? leftAt : latest);
  }
  return [...leftTimes].map(([id, leftAt]) => ({ id, leftAt }));
}

/**
 * Updates, for locked visitors, whether they are connected according to the current connections, and when they left.
 * Returns the ids of those who arrived or left.
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
  // Closing one of several tabs is a sign of life but changes nothing else.
  return updated.filter(({ id, connected }) => !(connected && connectedBefore.has(id))).map(({ id }) => id);
}

// The ids are compared with the array a second time so that the planner uses an index instead of scanning the table.
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
