import type { Statement, Transaction } from "../database/database.js";

/** How often a process records a heartbeat in the database. */
export const heartbeatMs = 5_000;
/** A process without a heartbeat for this long is considered dead: three heartbeats. */
export const deadAfterMs = 15_000;
// Within two heartbeats of the database's recovery from a crash, every live process has registered its connections again.
const reregistrationMs = 2 * heartbeatMs;

/** This process, as stored in the table `processes`. */
export interface ProcessIdentity {
  readonly id: string;
  readonly startedAt: Date;
}

/** What has to be known before connections are registered. */
export interface PresenceState {
  /** The start of the current presence epoch, in Unix milliseconds. */
  readonly epochMs: number;
  /** `outstanding`: other processes may have connections that they have yet to register again after a database crash. */
  readonly others: "registered" | "outstanding";
}

/**
 * Reads the presence state and prevents this process from being reaped until the transaction ends. Null if the process or
 * the epoch is not in the database: the process was considered dead, or the database has crashed.
 */
export async function findPresenceState(
  transaction: Transaction,
  processId: string,
  now: Date,
): Promise<PresenceState | null> {
  const outstandingSince = new Date(now.getTime() - reregistrationMs);
  const [row] = await transaction.query<{ beganAt: Date | null; outstanding: boolean | null }>(findStateStatement, [
    processId,
    outstandingSince,
  ]);
  if (row === undefined || row.beganAt === null) return null;
  return { epochMs: row.beganAt.getTime(), others: row.outstanding === true ? "outstanding" : "registered" };
}

const findStateStatement: Statement = {
  name: "find-presence-state",
  text: `
    SELECT epoch.began_at, epoch.began_at > $2::timestamptz AND EXISTS (
      SELECT FROM processes AS other WHERE other.id <> process.id AND other.started_at < epoch.began_at) AS outstanding
    FROM processes AS process LEFT JOIN presence_epoch AS epoch ON true
    WHERE process.id = $1 FOR KEY SHARE OF process`,
};

/** Registers this process, and starts a presence epoch if there is none. Returns the epoch in Unix milliseconds. */
export async function registerProcess(transaction: Transaction, identity: ProcessIdentity, now: Date): Promise<number> {
  await transaction.query(registerStatement, [identity.id, identity.startedAt, now]);
  const [row] = await transaction.query<{ beganAt: Date }>(ensureEpochStatement, [now]);
  if (row === undefined) throw new Error("The presence epoch could not be read.");
  return row.beganAt.getTime();
}

const registerStatement: Statement = {
  name: "register-process",
  text: `INSERT INTO processes (id, started_at, heartbeat_at) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET heartbeat_at = greatest(processes.heartbeat_at, excluded.heartbeat_at)`,
};

// The no-op update makes RETURNING return a row that another process has just inserted.
const ensureEpochStatement: Statement = {
  name: "ensure-presence-epoch",
  text: `INSERT INTO presence_epoch (id, began_at) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET began_at = presence_epoch.began_at RETURNING began_at`,
};

/** Returns the epoch in Unix milliseconds; null if the process or the epoch is not in the database. */
export async function recordHeartbeat(
  query: Transaction["query"],
  processId: string,
  now: Date,
): Promise<number | null> {
  const [row] = await query<{ beganAt: Date | null }>(heartbeatStatement, [processId, now]);
  return row?.beganAt?.getTime() ?? null;
}

const heartbeatStatement: Statement = {
  name: "record-heartbeat",
  text: `UPDATE processes SET heartbeat_at = greatest(heartbeat_at, $2) WHERE id = $1
    RETURNING (SELECT began_at FROM presence_epoch) AS began_at`,
};

/** Removes this process on shutdown. */
export async function unregisterProcess(query: Transaction["query"], processId: string): Promise<void> {
  await query(unregisterStatement, [processId]);
}

const unregisterStatement: Statement = { name: "unregister-process", text: "DELETE FROM processes WHERE id = $1" };
