import type { Statement, Transaction } from "../database/database.js";
import { findPresenceState } from "../processes/process-registry.js";
import { visitorChanged } from "../visitors/visitor-changed.js";
import type { ConnectionChange, OpenConnection } from "./connection-queue.js";
import { lockAgents, updateAgentPresence } from "./update-agent-presence.js";
import {
  type LockedVisitor,
  lockVisitors,
  oneEach,
  type PresenceChange,
  updateVisitorPresence,
} from "./update-visitor-presence.js";

export interface Standing {
  readonly processId: string;
  /** The count of connections that this process has entered its own in. */
  readonly epochMs: number;
}

export type BatchOutcome =
  /** Nothing was written: the database has forgotten the process or its connections, and they must be entered again. */
  { readonly kind: "forgotten" } | { readonly kind: "written"; readonly activeGuests: readonly OpenConnection[] };

/**
 * Writes opened and closed connections, and what follows for the presence of those they belong to, in a fixed number of
 * statements. Writing a batch twice changes nothing, so that one whose commit was never acknowledged can be repeated.
 */
export async function writeBatch(
  transaction: Transaction,
  batch: readonly ConnectionChange[],
  standing: Standing,
  now: Date,
): Promise<BatchOutcome> {
  const footing = await findPresenceState(transaction, standing.processId, now);
  if (footing?.epochMs !== standing.epochMs) return { kind: "forgotten" };

  const asking = batch.flatMap(({ kind, connection }) =>
    kind === "opened" && connection.inactiveGuestSessionId !== null ? [connection] : [],
  );
  const activeGuests = await findActive(transaction, asking);
  const stillInactive = new Set(asking.filter((connection) => !activeGuests.includes(connection)));
  const counted = batch.filter((change) => !stillInactive.has(change.connection));
  if (counted.length === 0) return { kind: "written", activeGuests };

  const visitors = peopleOf(counted, "visitor");
  const agents = peopleOf(counted, "agent");
  const locked = await changeConnections(transaction, counted, visitors, standing.processId);
  await lockAgents(transaction, agents.changes);
  const withoutConnection = footing.others === "outstanding" ? "keep" : "leave";
  const unsettled = await findUnsettled(transaction, visitors, locked);
  const settled = await updateVisitorPresence(transaction, unsettled.changes, unsettled.locked, withoutConnection);
  await visitorChanged(transaction, [...arrivals(visitors, locked), ...settled], "presence");
  await updateAgentPresence(transaction, agents.changes, withoutConnection);
  return { kind: "written", activeGuests };
}

/** Those of one kind whose connections change, once each. */
interface People {
  readonly changes: readonly PresenceChange[];
  /** For whom a connection opens: whatever closes at the same time, they have not left. */
  readonly arriving: ReadonlySet<string>;
}

function peopleOf(batch: readonly ConnectionChange[], kind: "visitor" | "agent"): People {
  const own = batch.filter((change) => change.connection.owner.kind === kind);
  const arriving = new Set(own.flatMap((change) => (change.kind === "opened" ? [change.connection.owner.id] : [])));
  const changes = own.map((change) => {
    const { owner, inactiveGuestSessionId } = change.connection;
    // A guest that never counted does not leave either.
    const leaves = change.kind === "closed" && inactiveGuestSessionId === null && !arriving.has(owner.id);
    return { id: owner.id, leftAt: leaves ? change.closedAt : null };
  });
  return { changes: oneEach(changes), arriving };
}

/** Those whom changeConnections has made connected. */
function arrivals({ arriving }: People, locked: readonly LockedVisitor[]): string[] {
  return locked
    .filter(({ id, connected, aliasOf }) => !connected && aliasOf === null && arriving.has(id))
    .map(({ id }) => id);
}

/** Those about whom the connections of all processes must be asked: whoever only closes, and whomever an alias became. */
async function findUnsettled(
  transaction: Transaction,
  { changes, arriving }: People,
  locked: readonly LockedVisitor[],
) {
  const aliases = new Map(locked.flatMap(({ id, aliasOf }) => (aliasOf === null ? [] : [[id, aliasOf]])));
  const leaving = changes.filter(({ id }) => !arriving.has(id) && !aliases.has(id));
  const followed = changes.flatMap(({ id, leftAt }) => {
    const alias = aliases.get(id);
    return alias === undefined ? [] : [{ id: alias, leftAt }];
  });
  const others = await lockVisitors(transaction, oneEach(followed));
  return { changes: oneEach([...leaving, ...others.changes]), locked: [...locked, ...others.locked] };
}

async function findActive(transaction: Transaction, asking: readonly OpenConnection[]): Promise<OpenConnection[]> {
  if (asking.length === 0) return [];
  const sessionIds = asking.map((connection) => connection.inactiveGuestSessionId);
  const rows = await transaction.query<{ id: string }>(activeSessionsStatement, [sessionIds]);
  const active = new Set(rows.map((row) => row.id));
  return asking.filter((_, index) => active.has(sessionIds[index] ?? ""));
}

const activeSessionsStatement: Statement = {
  name: "find-active-guest-sessions",
  text: "SELECT id FROM sessions WHERE id = ANY ($1::uuid[]) AND active_at IS NOT NULL",
};

/** Locks the visitors, enters and removes connections, and makes those connected for whom one opens. */
async function changeConnections(
  transaction: Transaction,
  batch: readonly ConnectionChange[],
  visitors: People,
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

// Arriving needs no look at other connections, so it is done at once. Leaving does, and must look in a later statement:
// this one sees the connections as they were before it waited for the locks.
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
