import pg from "pg";
import { parseInstant } from "./parse-instant.js";
import { PreparedStatementClient } from "./prepared-statement-client.js";
import { maxStatementMs } from "./time-limits.js";

/** How long a new connection may take, and how long a statement waits for a free one. */
const connectWithinMs = 10_000;
/** How long a connection is unused before TCP asks whether the other side is still there. */
const keepAliveAfterMs = 10_000;

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
    // A mistyped name in DATABASE_URL must be reported, not created.
    ensureDatabase: false,
    forceUtcTimezone: true,
    // Idle connections are closed soon: a firewall that forgets them drops what is sent on them later, without a reset.
    pool: { min: 0, max: poolSize, idleTimeoutMillis: 10_000 },
    driverOptions: {
      // MikroORM reads host, port, user and password out of the URL and drops the rest, such as sslmode.
      connectionString: url,
      types: typeParsers(),
      application_name: "afterchat",
      connectionTimeoutMillis: connectWithinMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfterMs,
      Client: PreparedStatementClient,
      onPoolCreated: releaseDeadConnections,
      // A process that froze between two statements, or whose machine disappeared, would keep its row locks and block the
      // other processes. A SET rather than a startup parameter, because connection poolers refuse those.
      onConnect: async (client: pg.PoolClient) => {
        await client.query(
          `SET idle_in_transaction_session_timeout = ${idleTransactionTimeoutMs}; SET statement_timeout = ${maxStatementMs}`,
        );
      },
    },
  };
}

// Kysely releases a transaction's connection when its COMMIT or ROLLBACK succeeds (ControlledTransaction, 0.29): a
// connection that dies before stays checked out, and the pool would be exhausted after a few restarts of the database.
function releaseDeadConnections(pool: pg.Pool): void {
  pool.on("connect", (client) => {
    client.once("end", () =>
      setImmediate(() => {
        try {
          client.release(true);
        } catch {
          // Already released: the pool throws on the second release, which is harmless.
        }
      }),
    );
  });
}

// Dates as Date and bigint as number, also for SQL that bypasses the mapper, which would leave instants as text.
function typeParsers(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, parseInstant);
  return types;
}
