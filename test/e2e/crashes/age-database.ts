import { inDatabase } from "../../support/services/in-database.js";

/**
 * Makes everything in the database so many seconds older, which is what that time without any process does: leases and
 * the jobs' locks run out, heartbeats stop, due times pass. The count of connections keeps its beginning: it is the
 * name by which a process that lives knows it.
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

/** The count of connections began a minute earlier: presence may be judged now. Processes enter theirs again at the next beat. */
export async function ageConnectionCount(databaseUrl: string): Promise<void> {
  await inDatabase(databaseUrl, (client) =>
    client.query("UPDATE presence_epoch SET began_at = began_at - interval '1 minute'"),
  );
}
