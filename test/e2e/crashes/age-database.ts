import { inDatabase } from "../../support/services/in-database.js";

/**
 * Subtracts this many seconds from all timestamps in the database, as if that time had passed without any process:
 * leases and the jobs' locks expire, heartbeats are old, due times pass. `presence_epoch` keeps its beginning, by which
 * running processes identify it.
 */
export async function ageDatabase(databaseUrl: string, seconds: number): Promise<void> {
  await inDatabase(databaseUrl, async (client) => {
    const { rows } = await client.query<{ statement: string }>(ageStatements);
    await client.query("BEGIN");
    for (const { statement } of rows) await client.query(statement, [`${seconds} seconds`]);
    await client.query("COMMIT");
  });
}

const ageStatements = `
  SELECT format('UPDATE %I SET %s', table_name, string_agg(format('%1$I = %1$I - $1::interval', column_name), ', ')) AS statement
  FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
  WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type = 'timestamp with time zone'
    AND table_name <> 'presence_epoch' AND table_name NOT LIKE '%migration%'
  GROUP BY table_name ORDER BY table_name`;

/**
 * Moves the beginning of the presence epoch back by a minute, so that presence is evaluated now. Processes register their
 * connections again at the next heartbeat.
 */
export async function agePresenceEpoch(databaseUrl: string): Promise<void> {
  await inDatabase(databaseUrl, (client) =>
    client.query("UPDATE presence_epoch SET began_at = began_at - interval '1 minute'"),
  );
}
