import type { Statement, Transaction } from "../database/database.js";
import { findPresenceState } from "../processes/process-registry.js";
import { propagateVisitorChange } from "../visitors/propagate-visitor-change.js";
import type { ConnectionChange, OpenConnection } from "./connection-queue.js";
import { lockAgentsForPresence, updateAgentPresence } from "./update-agent-presence.js";
import {
  type LockedVisitor,
  lockVisitorsForPresence,
  mergeChanges,
  type PresenceChange,
  updateVisitorPresence,
} from "./update-visitor-presence.js";

/** The registration of the process that writes the batch. */
export interface Registration {
  readonly processId: string;
  /** The presence epoch in which this process has registered its connections. */
  readonly epochMs: number;
}

export type BatchOutcome =
  /** Nothing was written: the database has lost the process or its connections, and they must be registered again. */
  { readonly kind: "unregistered" } | { readonly kind: "written"; readonly activeGuests: readonly OpenConnection[] };

/**
 * Writes opened and closed connections, and the resulting presence of their owners, in a fixed number of statements.
 * Idempotent, so that a batch whose commit was not acknowledged can be repeated.
 */
export async function writeBatch(
  transaction: Transaction,
  batch: readonly ConnectionChange[],
  registration: Registration,
  now: Date,
): Promise<BatchOutcome> {
  const state = await findPresenceState(transaction, registration.processId, now);
  if (state?.epochMs !== registration.epochMs) return { kind: "unregistered" };

  const guests = batch.flatMap(({ kind, connection }) =>
    kind === "opened" && connection.inactiveGuestSessionId !== null ? [connection] : [],
  );
  const activeGuests = await findActive(transaction, guests);
  const stillInactive = new Set(guests.filter((connection) => !activeGuests.includes(connection)));
  const counted = batch.filter((change) => !stillInactive.has(change.connection));
  if (counted.length === 0) return { kind: "written", activeGuests };

  const visitors = changesOf(counted, "visitor");
  const agents = changesOf(counted, "agent");
  const locked = await changeConnections(transaction, counted, visitors, registration.processId);
  await lockAgentsForPresence(transaction, agents.changes);
  const withoutConnection = state.others === "outstanding" ? "keep" : "leave";
  const pending = await findPending(transaction, visitors, locked);
  const changed = await updateVisitorPresence(transaction, pending.changes, pending.locked, withoutConnection);
  await propagateVisitorChange(transaction, [...findArrived(visitors, locked), ...changed], "presence");
  await updateAgentPresence(transaction, agents.changes, withoutConnection);
  return { kind: "written", activeGuests };
}

/** The visitors, or the agents, whose connections change. */
interface ConnectionChanges {
  /** One for each person. */
  readonly changes: readonly PresenceChange[];
  /** The ids of those for whom a connection opens: they have not left, even if another one closes at the same time. */
  readonly arriving: ReadonlySet<string>;
}

function changesOf(batch: readonly ConnectionChange[], kind: "visitor" | "agent"): ConnectionChanges {
  const own = batch.filter((change) => change.connection.owner.kind === kind);
  const arriving = new Set(own.flatMap((change) => (change.kind === "opened" ? [change.connection.owner.id] : [])));
  const changes = own.map((change) => {
    const { owner, inactiveGuestSessionId } = change.connection;
    // An inactive guest has never counted as present, so it does not leave either.
    const leaves = change.kind === "closed" && inactiveGuestSessionId === null && !arriving.has(owner.id);
    return { id: owner.id, leftAt: leaves ? change.closedAt : null };
  });
  return { changes: mergeChanges(changes), arriving };
}

/** The ids of the visitors that changeConnections has marked as connected. */
function findArrived({ arriving }: ConnectionChanges, locked: readonly LockedVisitor[]): string[] {
  return locked
    .filter(({ id, connected, aliasOf }) => !connected && aliasOf === null && arriving.has(id))
    .map(({ id }) => id);
}

/**
 * The visitors whose presence depends on the connections of all processes: those for whom connections only close, and
 * those that an alias in this batch has joined.
 */
async function findPending(
  transaction: Transaction,
  { changes, arriving }: ConnectionChanges,
  locked: readonly LockedVisitor[],
) {
  const aliases = new Map(locked.flatMap(({ id, aliasOf }) => (aliasOf === null ? [] : [[id, aliasOf]])));
  const leaving = changes.filter(({ id }) => !arriving.has(id) && !aliases.has(id));
  const followed = changes.flatMap(({ id, leftAt }) => {
    const alias = aliases.get(id);
    return alias === undefined ? [] : [{ id: alias, leftAt }];
  });
  const others = await lockVisitorsForPresence(transaction, mergeChanges(followed));
  return { changes: mergeChanges([...leaving, ...others.changes]), locked: [...locked, ...others.locked] };
}

async function findActive(transaction: Transaction, guests: readonly OpenConnection[]): Promise<OpenConnection[]> {
  if (guests.length === 0) return [];
  const sessionIds = guests.map((connection) => connection.inactiveGuestSessionId);
  const rows = await transaction.query<{ id: string }>(activeSessionsStatement, [sessionIds]);
  const active = new Set(rows.map((row) => row.id));
  return guests.filter((_, index) => active.has(sessionIds[index] ?? ""));
}

const activeSessionsStatement: Statement = {
  name: "list-active-guest-sessions",
  text: "SELECT id FROM sessions WHERE id = ANY ($1::uuid[]) AND active_at IS NOT NULL",
};

/** Locks the visitors, inserts and deletes connections, and marks the visitors for whom one opens as connected. */
async function changeConnections(
  transaction: Transaction,
  batch: readonly ConnectionChange[],
  visitors: ConnectionChanges,
  processId: string,
): Promise<LockedVisitor[]> {
  const opened = batch.flatMap(({ kind, connection }) => (kind === "opened" ? [connection] : []));
  return transaction.query<LockedVisitor>(changeConnectionsStatement, [
    visitors.changes.map(({ id }) => id),
    batch.flatMap(({ kind, connection }) => (kind === "closed" ? [connection.id] : [])),
    processId,
    opened.map((connection) => connection.id),
    opened.map(({ owner }) => (owner.kind === "visitor" ? owner.id : null)),
    opened.map(({ owner }) => (owner.kind === "agent" ? owner.id : null)),
    opened.map((connection) => connection.openedAt.toISOString()),
  ]);
}

// Arrivals do not depend on other connections, so they are written here. Departures do, and need a later statement: this
// one's snapshot shows the connections as they were before it waited for the locks.
const changeConnectionsStatement: Statement = {
  name: "change-connections",
  text: `
    WITH locked AS MATERIALIZED (
      SELECT id, connected, alias_of FROM visitors WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE
    ), closed AS (
      DELETE FROM connections WHERE id = ANY ($2::uuid[])
    ), opened AS (
      INSERT INTO connections (id, process_id, visitor_id, agent_id, opened_at)
      SELECT opened.id, $3, coalesce(locked.alias_of, opened.visitor_id), opened.agent_id, opened.opened_at
      FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[]) AS opened (id, visitor_id, agent_id, opened_at)
      LEFT JOIN locked ON locked.id = opened.visitor_id
      ON CONFLICT (id) DO NOTHING
    ), arrived AS (
      UPDATE visitors SET connected = true FROM locked
      WHERE visitors.id = locked.id AND visitors.id = ANY ($5::uuid[]) AND NOT locked.connected AND locked.alias_of IS NULL
    )
    SELECT id, connected, alias_of FROM locked`,
};
