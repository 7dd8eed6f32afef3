import pg from "pg";
import { parseInstant } from "./parse-instant.js";
import { PreparedStatementClient } from "./prepared-statement-client.js";

export interface ConnectionSettings {
  readonly url: string;
  /** The most connections of this process. */
  readonly poolSize: number;
  /** The server ends a transaction that was left open for so long without a statement. */
  readonly idleTransactionTimeoutMs: number;
}

/** How MikroORM connects: the pool, its driver options, and what each connection is set to. */
export function connectionOptions({ url, poolSize, idleTransactionTimeoutMs }: ConnectionSettings) {
  return {
    clientUrl: url,
    // A mistyped name in DATABASE_URL is a fault to be told of, not a database to be made.
    ensureDatabase: false,
    forceUtcTimezone: true,
    pool: { min: 0, max: poolSize },
    driverOptions: {
      // MikroORM reads host, port, user and password out of the URL and drops the rest, such as sslmode.
      connectionString: url,
      types: typeParsers(),
      application_name: "afterchat",
      Client: PreparedStatementClient,
      onPoolCreated: giveBackDeadConnections,
      // A process that was frozen between two statements, or whose machine is gone without a goodbye, holds the rows it
      // has locked, and all that other processes do waits for them. A SET rather than a startup parameter, which
      // poolers refuse.
      onConnect: async (client: pg.PoolClient) => {
        await client.query(`SET idle_in_transaction_session_timeout = ${idleTransactionTimeoutMs}`);
      },
    },
  };
}

// Kysely releases a transaction's connection when its COMMIT or ROLLBACK succeeds (ControlledTransaction, 0.29): one
// that dies before would stay checked out for ever, and the pool would run dry after a few restarts of the database.
function giveBackDeadConnections(pool: pg.Pool): void {
  pool.on("connect", (client) => {
    client.once("end", () =>
      setImmediate(() => {
        try {
          client.release(true);
        } catch {
          // It had been given back: the pool refuses a second time, and that is all there is to know.
        }
      }),
    );
  });
}

// Dates as Date and bigint as number, for SQL beside the mapper too; it leaves instants as text otherwise.
function typeParsers(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, parseInstant);
  return types;
}
