import type { Statement, Transaction } from "../database/database.js";
import type { ConnectionChange, OpenConnection } from "./connection-queue.js";
import { findFooting } from "./process-life.js";
import { lockAgents, settleAgents } from "./settle-agents.js";
import { type LockedVisitors, lockVisitors, oneEach, type PresenceChange, settleVisitors } from "./settle-visitors.js";

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
  const footing = await findFooting(transaction, standing.processId, now);
  if (footing?.epochMs !== standing.epochMs) return { kind: "forgotten" };

  const asking = batch.flatMap(({ kind, connection }) =>
    kind === "opened" && connection.inactiveGuestSessionId !== null ? [connection] : [],
  );
  const activeGuests = await findActive(transaction, asking);
  const stillInactive = new Set(asking.filter((connection) => !activeGuests.includes(connection)));
  const counted = batch.filter((change) => !stillInactive.has(change.connection));
  if (counted.length === 0) return { kind: "written", activeGuests };

  const visitors = await lockVisitors(transaction, presenceChanges(counted, "visitor"));
  const agents = presenceChanges(counted, "agent");
  await lockAgents(
    transaction,
    agents.map((agent) => agent.id),
  );
  await changeConnections(transaction, counted, standing.processId, visitors);
  const withoutConnection = footing.others === "outstanding" ? "keep" : "leave";
  await settleVisitors(transaction, visitors, withoutConnection);
  await settleAgents(transaction, agents, withoutConnection);
  return { kind: "written", activeGuests };
}

/** Everyone of a kind whose connections change, once. A closing is no leaving for whom another one opens. */
function presenceChanges(batch: readonly ConnectionChange[], kind: "visitor" | "agent"): PresenceChange[] {
  const own = batch.filter((change) => change.connection.owner.kind === kind);
  const arrived = new Set(own.flatMap((change) => (change.kind === "opened" ? [change.connection.owner.id] : [])));
  return oneEach(
    own.map((change) => {
      const { owner, inactiveGuestSessionId } = change.connection;
      // A guest that never counted does not leave either.
      const leaves = change.kind === "closed" && inactiveGuestSessionId === null && !arrived.has(owner.id);
      return { id: owner.id, leftAt: leaves ? change.closedAt : null };
    }),
  );
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

async function changeConnections(
  transaction: Transaction,
  batch: readonly ConnectionChange[],
  processId: string,
  visitors: LockedVisitors,
): Promise<void> {
  const closed = batch.flatMap(({ kind, connection }) => (kind === "closed" ? [connection.id] : []));
  const opened = batch.flatMap(({ kind, connection }) => (kind === "opened" ? [connection] : []));
  await transaction.query(changeConnectionsStatement, [
    closed,
    processId,
    opened.map((connection) => connection.id),
    opened.map(({ owner }) => (owner.kind === "visitor" ? visitors.resolve(owner.id) : null)),
    opened.map(({ owner }) => (owner.kind === "agent" ? owner.id : null)),
    opened.map((connection) => connection.openedAt.toISOString()),
  ]);
}

const changeConnectionsStatement: Statement = {
  name: "change-connections",
  text: `
    WITH closed AS (DELETE FROM connections WHERE id = ANY ($1::uuid[]))
    INSERT INTO connections (id, process_id, visitor_id, agent_id, opened_at)
    SELECT opened.id, $2, opened.visitor_id, opened.agent_id, opened.opened_at
    FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::timestamptz[]) AS opened (id, visitor_id, agent_id, opened_at)
    ON CONFLICT (id) DO NOTHING`,
};
