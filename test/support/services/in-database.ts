import pg from "pg";

/** Looks into the database beside the programs that use it, by a connection of its own. */
export async function inDatabase<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on("error", () => {}); // a server that ends takes this connection with it; the statement's own error tells
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
