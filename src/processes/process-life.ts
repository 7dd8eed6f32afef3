import type { Statement, Transaction } from "../database/database.js";

/** How often a process shows in the database that it lives. */
export const heartbeatMs = 5_000;
/** A process that has not shown it for this long is dead: three heartbeats. */
export const deadAfterMs = 15_000;
// Once the database is back from a crash, every live process has entered its connections again within two heartbeats.
const reentryMs = 2 * heartbeatMs;

/** This process, as the table `processes` knows it. */
export interface ProcessIdentity {
  readonly id: string;
  readonly startedAt: Date;
}

/** What entering a connection stands on. */
export interface PresenceState {
  /** The count of connections that is going on, by the moment at which it began; in Unix milliseconds. */
  readonly epochMs: number;
  /** Whether other processes may still hold connections that a crash of the database has emptied out of the count. */
  readonly others: "counted" | "outstanding";
}

/**
 * Reads the footing and keeps this process from being reaped until the transaction ends. Null when the process or the
 * count is unknown to the database: the process was taken for dead, or the database has crashed.
 */
export async function findPresenceState(
  transaction: Transaction,
  processId: string,
  now: Date,
): Promise<PresenceState | null> {
  const reentryFrom = new Date(now.getTime() - reentryMs);
  const [row] = await transaction.query<{ beganAt: Date | null; outstanding: boolean | null }>(findFootingStatement, [
    processId,
    reentryFrom,
  ]);
  if (row === undefined || row.beganAt === null) return null;
  return { epochMs: row.beganAt.getTime(), others: row.outstanding === true ? "outstanding" : "counted" };
}

const findFootingStatement: Statement = {
  name: "find-presence-state",
  text: `
    SELECT epoch.began_at, epoch.began_at > $2::timestamptz AND EXISTS (
      SELECT FROM processes AS other WHERE other.id <> process.id AND other.started_at < epoch.began_at) AS outstanding
    FROM processes AS process LEFT JOIN presence_epoch AS epoch ON true
    WHERE process.id = $1 FOR KEY SHARE OF process`,
};

/** Enters this process, and begins a count of connections if none is going on. Returns the count's epoch in Unix milliseconds. */
export async function enterProcess(transaction: Transaction, identity: ProcessIdentity, now: Date): Promise<number> {
  await transaction.query(enterProcessStatement, [identity.id, identity.startedAt, now]);
  const [row] = await transaction.query<{ beganAt: Date }>(beginEpochStatement, [now]);
  if (row === undefined) throw new Error("The count of connections neither began nor was found.");
  return row.beganAt.getTime();
}

const enterProcessStatement: Statement = {
  name: "enter-process",
  text: `INSERT INTO processes (id, started_at, heartbeat_at) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET heartbeat_at = greatest(processes.heartbeat_at, excluded.heartbeat_at)`,
};

// The update changes nothing: it makes RETURNING answer with the row that another process has just written.
const beginEpochStatement: Statement = {
  name: "begin-presence-epoch",
  text: `INSERT INTO presence_epoch (id, began_at) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET began_at = presence_epoch.began_at RETURNING began_at`,
};

/** A heartbeat, answered with the epoch in Unix milliseconds; null when the process or the count is unknown. */
export async function beatHeart(query: Transaction["query"], processId: string, now: Date): Promise<number | null> {
  const [row] = await query<{ beganAt: Date | null }>(heartbeatStatement, [processId, now]);
  return row?.beganAt?.getTime() ?? null;
}

const heartbeatStatement: Statement = {
  name: "heartbeat",
  text: `UPDATE processes SET heartbeat_at = greatest(heartbeat_at, $2) WHERE id = $1
    RETURNING (SELECT began_at FROM presence_epoch) AS began_at`,
};

export const leaveProcessStatement: Statement = { name: "leave-process", text: "DELETE FROM processes WHERE id = $1" };
