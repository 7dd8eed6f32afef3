import { ReflectMetadataProvider } from "@mikro-orm/decorators/legacy";
import { Migrator } from "@mikro-orm/migrations";
import { MikroORM } from "@mikro-orm/postgresql";
import { Agent } from "./agents/agent.entity.js";
import { Attachment } from "./attachments/attachment.entity.js";
import { ContactFormRules } from "./contact-form/contact-form.entity.js";
import { Conversation } from "./conversations/conversation.entity.js";
import { Message } from "./conversations/message.entity.js";
import { connectionOptions } from "./database/connection-options.js";
import { Database } from "./database/database.js";
import { FirstSchema } from "./database/migrations/first-schema.js";
import type { ChangeEvent } from "./events/events.js";
import { Delivery } from "./forwarding/deliveries/delivery.entity.js";
import { ForwardingPreference } from "./forwarding/forwarding-preference.entity.js";
import { InboundOriginal } from "./inbound/inbound-original.entity.js";
import { deadAfterMs } from "./processes/process-registry.js";
import { Session } from "./sessions/session.entity.js";
import { Visitor } from "./visitors/visitor.entity.js";
import { WebsiteSettings } from "./website/website-settings.entity.js";

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
  WebsiteSettings,
];

/** Opens the object-relational mapper; `poolSize` bounds the connections of this process. */
export async function openOrm(url: string, poolSize: number): Promise<MikroORM> {
  return MikroORM.init({
    entities,
    metadataProvider: ReflectMetadataProvider,
    extensions: [Migrator],
    migrations: {
      // Listed rather than discovered by path, so that they run regardless of the folder the program is in.
      migrationsList: [{ name: "first-schema", class: FirstSchema }],
      snapshot: false,
      silent: true,
    },
    ...connectionOptions({ url, poolSize, idleTransactionTimeoutMs: deadAfterMs }),
  });
}

/**
 * Connects and migrates; `announce` gets the events of transactions that have committed. Rejects with the server's own
 * words when it cannot be reached.
 */
export async function openDatabase(
  url: string,
  poolSize: number,
  announce: (event: ChangeEvent) => void,
): Promise<Database> {
  return Database.open(await openOrm(url, poolSize), announce);
}
