import { ReflectMetadataProvider } from "@mikro-orm/decorators/legacy";
import { Migrator } from "@mikro-orm/migrations";
import { MikroORM } from "@mikro-orm/postgresql";
import pg from "pg";
import { Agent } from "./agents/agent.entity.js";
import { Attachment } from "./attachments/attachment.entity.js";
import { ContactFormRules } from "./contact-form/contact-form.entity.js";
import { Conversation } from "./conversations/conversation.entity.js";
import { Message } from "./conversations/message.entity.js";
import { Attachments20261122 } from "./database/migrations/2026-11-22-attachments.js";
import { ChannelEvents20261122 } from "./database/migrations/2026-11-22-channel-events.js";
import { ChannelFailures20261122 } from "./database/migrations/2026-11-22-channel-failures.js";
import { FirstSchema20261122 } from "./database/migrations/2026-11-22-first-schema.js";
import { Inbound20261122 } from "./database/migrations/2026-11-22-inbound.js";
import { OptOut20261122 } from "./database/migrations/2026-11-22-opt-out.js";
import { parseInstant } from "./database/parse-instant.js";
import { NamingClient } from "./database/prepared-statement-client.js";
import { Delivery } from "./forwarding/deliveries/delivery.entity.js";
import { ForwardingPreference } from "./forwarding/forwarding-preference.entity.js";
import { InboundOriginal } from "./inbound/inbound-original.entity.js";
import { deadAfterMs } from "./presence/process-life.js";
import { Session } from "./sessions/session.entity.js";
import { Visitor } from "./visitors/visitor.entity.js";

const entities = [
  Agent,
  Attachment,
  ContactFormRules,
  Conversation,
  Delivery,
  ForwardingPreference,
  InboundOriginal,
  Message,
  Session,
  Visitor,
];

/** Opens the object-relational mapper; `poolSize` bounds the connections of this process. */
export async function openOrm(databaseUrl: string, poolSize: number): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: databaseUrl,
    entities,
    metadataProvider: ReflectMetadataProvider,
    extensions: [Migrator],
    migrations: {
      // Listed rather than found by path: what is compiled in is what runs, whatever folder the program stands in.
      migrationsList: [
        { name: "2026-11-22-first-schema", class: FirstSchema20261122 },
        { name: "2026-11-22-attachments", class: Attachments20261122 },
        { name: "2026-11-22-inbound", class: Inbound20261122 },
        { name: "2026-11-22-opt-out", class: OptOut20261122 },
        { name: "2026-11-22-channel-events", class: ChannelEvents20261122 },
        { name: "2026-11-22-channel-failures", class: ChannelFailures20261122 },
      ],
      snapshot: false,
      silent: true,
    },
    // A mistyped name in DATABASE_URL is a fault to be told of, not a database to be made.
    ensureDatabase: false,
    forceUtcTimezone: true,
    pool: { min: 0, max: poolSize },
    driverOptions: {
      // MikroORM reads host, port, user and password out of the URL and drops the rest, such as sslmode.
      connectionString: databaseUrl,
      types: typeParsers(),
      application_name: "afterchat",
      Client: NamingClient,
      onPoolCreated: giveBackDeadConnections,
      onConnect: limitIdleTransactions,
    },
  });
}

// A process that was frozen between two statements, or whose machine is gone without a goodbye, holds the rows it has
// locked, and all that other processes do waits for them: the server ends such a transaction once the process counts as
// dead. A SET rather than a startup parameter, which poolers refuse.
async function limitIdleTransactions(client: pg.PoolClient): Promise<void> {
  await client.query(`SET idle_in_transaction_session_timeout = ${deadAfterMs}`);
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
