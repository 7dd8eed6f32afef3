import type { Statement, Transaction } from "../database/database.js";
import type { PresenceChange, WithoutConnection } from "./update-visitor-presence.js";

/** Locks agents. Visitors have to be locked before them. */
export async function lockAgentsForPresence(
  transaction: Transaction,
  changes: readonly PresenceChange[],
): Promise<void> {
  if (changes.length > 0) await transaction.query(lockStatement, [changes.map(({ id }) => id)]);
}

const lockStatement: Statement = {
  name: "lock-agents-for-presence",
  text: "SELECT id FROM agents WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
};

/**
 * Updates, for locked agents, whether they are connected according to the current connections, and when an ONLINE agent's
 * last connection dropped. Connecting again clears the drop.
 */
export async function updateAgentPresence(
  transaction: Transaction,
  changes: readonly PresenceChange[],
  withoutConnection: WithoutConnection,
): Promise<void> {
  if (changes.length === 0) return;
  const updated = await transaction.query<{ id: string; availability: string }>(updateStatement, [
    changes.map((change) => change.id),
    changes.map((change) => change.leftAt?.toISOString() ?? null),
    withoutConnection,
  ]);
  // A connection of an agent who chose not to be online changes nothing that others see.
  const visible = updated.filter((row) => row.availability === "ONLINE");
  for (const { id } of visible) transaction.publish({ type: "agentUpdated", agentId: id });
  if (visible.length > 0) transaction.publish({ type: "contactFormUpdated" });
}

const updateStatement: Statement = {
  name: "update-agent-presence",
  text: `
    UPDATE agents SET connected = computed.connected, dropped_at = CASE
      WHEN computed.connected THEN NULL
      WHEN agents.availability = 'ONLINE' THEN greatest(agents.dropped_at, computed.left_at)
      ELSE agents.dropped_at END
    FROM (
      SELECT agent.id, change.left_at,
        EXISTS (SELECT FROM connections WHERE connections.agent_id = agent.id)
          OR ($3 = 'keep' AND agent.connected) AS connected
      FROM unnest($1::uuid[], $2::timestamptz[]) AS change (id, left_at) JOIN agents AS agent ON agent.id = change.id
    ) AS computed
    WHERE agents.id = computed.id AND (agents.connected <> computed.connected OR NOT computed.connected
      AND agents.availability = 'ONLINE' AND computed.left_at > coalesce(agents.dropped_at, '-infinity'))
    RETURNING agents.id, agents.availability`,
};
