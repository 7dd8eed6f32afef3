import type { Statement, Transaction } from "../database/database.js";
import { readPresenceEpoch } from "../processes/presence-epoch.js";
import { deadAfterMs } from "../processes/process-registry.js";
import type { Services } from "../services.js";
import { propagateVisitorChange } from "../visitors/propagate-visitor-change.js";
import type { PresenceServices } from "./presence-tracker.js";
import { lockAgentsForPresence, updateAgentPresence } from "./update-agent-presence.js";
import { lockVisitorsForPresence, mergeChanges, updateVisitorPresence } from "./update-visitor-presence.js";

/**
 * Removes dead processes and their connections: visitors and agents without another connection left at the last heartbeat
 * of that process. After a crash of the database, which empties the table of connections, it also finds people whose
 * connections no process has registered again. Safe to run in several processes at the same time; a process that was
 * merely slow registers its connections again.
 */
export async function reapPresence(services: PresenceServices & Pick<Services, "presence">): Promise<void> {
  const { database, clock, presence, logger } = services;
  await presence.sendHeartbeatIfDue();
  const now = clock.now();
  if (!presence.canReapOthers(now)) return;

  const reaped = await database.transaction(async (transaction) => {
    const epoch = await readPresenceEpoch(transaction.query);
    const deadline = new Date(now.getTime() - deadAfterMs);
    if (epoch === null || epoch > deadline) return null;
    const dead = await transaction.query<DeadProcess>(claimDeadStatement, [deadline, presence.processId]);
    const unconnected = presence.needsFullCheck(epoch) ? await findUnconnected(transaction, dead, epoch) : [];
    const lost = dead.length === 0 ? [] : await transaction.query<Departure>(lostStatement, [dead.map(({ id }) => id)]);
    const departures = [...lost, ...unconnected];
    if (departures.length > 0) await depart(transaction, dead, departures);
    if (dead.length > 0) await transaction.query(removeStatement, [dead.map(({ id }) => id)]);
    return { epoch, dead };
  });

  if (reaped === null) return;
  presence.markFullyChecked(reaped.epoch);
  for (const { heartbeatAt } of reaped.dead) {
    logger.info("A process has died: its connections were closed", { heartbeatAt });
  }
}

interface DeadProcess {
  readonly id: string;
  readonly heartbeatAt: Date;
}

interface Departure {
  readonly kind: "visitor" | "agent";
  readonly id: string;
  readonly leftAt: Date;
}

// Excludes this process: it is alive, however long ago its last heartbeat seems to be. A process that wakes up waits for
// the lock, then finds itself removed, and registers again.
const claimDeadStatement: Statement = {
  name: "claim-dead-processes",
  text: "SELECT id, heartbeat_at FROM processes WHERE heartbeat_at < $1 AND id <> $2 ORDER BY id FOR UPDATE SKIP LOCKED",
};

// A connection that was opened after the last heartbeat was alive later than that.
const lostStatement: Statement = {
  name: "list-lost-connections",
  text: `
    SELECT CASE WHEN visitor_id IS NULL THEN 'agent' ELSE 'visitor' END AS kind, coalesce(visitor_id, agent_id) AS id,
      max(greatest(processes.heartbeat_at, connections.opened_at)) AS left_at
    FROM connections JOIN processes ON processes.id = connections.process_id
    WHERE processes.id = ANY ($1::uuid[]) GROUP BY visitor_id, agent_id`,
};

/**
 * Finds people who are marked as connected without having a connection. It is unknown which process they were connected
 * to, so the latest heartbeat of the dead processes is used, which cannot be too early, or else the start of the epoch.
 */
async function findUnconnected(
  transaction: Transaction,
  dead: readonly DeadProcess[],
  epoch: Date,
): Promise<Departure[]> {
  const heartbeatsMs = dead.map(({ heartbeatAt }) => heartbeatAt.getTime());
  const leftAt = dead.length === 0 ? epoch : new Date(Math.max(...heartbeatsMs));
  const unconnected = await transaction.query<Pick<Departure, "kind" | "id">>(unconnectedStatement, []);
  return unconnected.map((row) => ({ ...row, leftAt }));
}

// Scans all visitors, so each process runs it only once per epoch.
const unconnectedStatement: Statement = {
  name: "list-unconnected-people",
  text: `
    SELECT 'visitor' AS kind, id FROM visitors
    WHERE connected AND NOT EXISTS (SELECT FROM connections WHERE visitor_id = visitors.id)
    UNION ALL
    SELECT 'agent', id FROM agents WHERE connected AND NOT EXISTS (SELECT FROM connections WHERE agent_id = agents.id)`,
};

async function depart(
  transaction: Transaction,
  dead: readonly DeadProcess[],
  departures: readonly Departure[],
): Promise<void> {
  const visitors = await lockVisitorsForPresence(
    transaction,
    mergeChanges(departures.filter(({ kind }) => kind === "visitor")),
  );
  const agents = mergeChanges(departures.filter(({ kind }) => kind === "agent"));
  await lockAgentsForPresence(transaction, agents);
  await transaction.query(disconnectStatement, [dead.map(({ id }) => id)]);
  const left = await updateVisitorPresence(transaction, visitors.changes, visitors.locked, "leave");
  await propagateVisitorChange(transaction, left, "presence");
  await updateAgentPresence(transaction, agents, "leave");
}

const disconnectStatement: Statement = {
  name: "disconnect-dead-processes",
  text: "DELETE FROM connections WHERE process_id = ANY ($1::uuid[])",
};

const removeStatement: Statement = {
  name: "remove-dead-processes",
  text: "DELETE FROM processes WHERE id = ANY ($1::uuid[])",
};
