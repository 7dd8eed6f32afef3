import type { Statement, Transaction } from "../database/database.js";
import { readPresenceEpoch } from "../processes/presence-epoch.js";
import { deadAfterMs } from "../processes/process-registry.js";
import type { Services } from "../services.js";
import { visitorChanged } from "../visitors/visitor-changed.js";
import type { PresenceServices } from "./presence-tracker.js";
import { lockAgents, updateAgentPresence } from "./update-agent-presence.js";
import { lockVisitors, oneEach, updateVisitorPresence } from "./update-visitor-presence.js";

/**
 * Takes the connections of dead processes out: whoever has no other one is away since that process's last heartbeat.
 * After a crash of the database, which empties the connections, it also finds those whom no process has entered again.
 * Any number of processes may run it at once; a process that was merely slow enters its connections again.
 */
export async function reapPresence(services: PresenceServices & Pick<Services, "presence">): Promise<void> {
  const { database, clock, presence, logger } = services;
  await presence.beatIfDue();
  const now = clock.now();
  if (!presence.canReapOthers(now)) return;

  const judged = await database.transaction(async (transaction) => {
    const epoch = await readPresenceEpoch(transaction.query);
    const deadline = new Date(now.getTime() - deadAfterMs);
    if (epoch === null || epoch > deadline) return null;
    const dead = await transaction.query<DeadProcess>(claimDeadStatement, [deadline, presence.processId]);
    const recount = presence.needsRecount(epoch) ? [...(await findForgotten(transaction, dead, epoch))] : [];
    const lost = dead.length === 0 ? [] : await transaction.query<Departure>(lostStatement, [dead.map(({ id }) => id)]);
    const departures = [...lost, ...recount];
    if (departures.length > 0) await depart(transaction, dead, departures);
    if (dead.length > 0) await transaction.query(removeStatement, [dead.map(({ id }) => id)]);
    return { epoch, dead };
  });

  if (judged === null) return;
  presence.recounted(judged.epoch);
  for (const { heartbeatAt } of judged.dead) logger.info("A process has died: its people have left", { heartbeatAt });
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

// Whoever asks is alive, however long its last heartbeat seems to be ago. The lock makes another process that wakes up
// wait, and then find itself removed: it enters everything again.
const claimDeadStatement: Statement = {
  name: "claim-dead-processes",
  text: "SELECT id, heartbeat_at FROM processes WHERE heartbeat_at < $1 AND id <> $2 ORDER BY id FOR UPDATE SKIP LOCKED",
};

// Who opened a connection after the last heartbeat was there a moment later than it.
const lostStatement: Statement = {
  name: "find-lost-connections",
  text: `
    SELECT CASE WHEN visitor_id IS NULL THEN 'agent' ELSE 'visitor' END AS kind, coalesce(visitor_id, agent_id) AS id,
      max(greatest(processes.heartbeat_at, connections.opened_at)) AS left_at
    FROM connections JOIN processes ON processes.id = connections.process_id
    WHERE processes.id = ANY ($1::uuid[]) GROUP BY visitor_id, agent_id`,
};

/**
 * Those who count as connected although no connection is left. Nobody knows through which process they were here; the
 * newest last heartbeat of the dead cannot be too early for them, nor the moment at which the database was back.
 */
async function findForgotten(
  transaction: Transaction,
  dead: readonly DeadProcess[],
  epoch: Date,
): Promise<Departure[]> {
  const beforeEpoch = dead.map(({ heartbeatAt }) => heartbeatAt.getTime());
  const leftAt = dead.length === 0 ? epoch : new Date(Math.max(...beforeEpoch));
  const forgotten = await transaction.query<Pick<Departure, "kind" | "id">>(forgottenStatement, []);
  return forgotten.map((row) => ({ ...row, leftAt }));
}

// Reads all visitors, and is therefore asked once a process and count.
const forgottenStatement: Statement = {
  name: "find-forgotten-people",
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
  const visitors = await lockVisitors(transaction, oneEach(departures.filter(({ kind }) => kind === "visitor")));
  const agents = oneEach(departures.filter(({ kind }) => kind === "agent"));
  await lockAgents(transaction, agents);
  await transaction.query(disconnectStatement, [dead.map(({ id }) => id)]);
  const left = await updateVisitorPresence(transaction, visitors.changes, visitors.locked, "leave");
  await visitorChanged(transaction, left, "presence");
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
