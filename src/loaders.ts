import DataLoader from "dataloader";
import { Agent } from "./agents/agent.entity.js";
import type { ChannelHealthState } from "./channels/health/channel-health.js";
import { type ChannelStats, readChannelStats } from "./channels/health/channel-stats.js";
import { readLastReceived } from "./channels/health/last-received.js";
import { readChannelHealth } from "./channels/health/read-channel-health.js";
import { Conversation, type ShownConversation } from "./conversations/conversation.entity.js";
import { Message } from "./conversations/message.entity.js";
import type { Database, Statement } from "./database/database.js";
import { readSuppressions } from "./forwarding/addresses/read-suppressions.js";
import type { SuppressedAddress } from "./forwarding/addresses/suppressed-address.js";
import { countContexts } from "./forwarding/deliveries/count-context.js";
import { Delivery } from "./forwarding/deliveries/delivery.entity.js";
import { readLastInbound } from "./forwarding/deliveries/last-inbound.js";
import type { ChosenAddress } from "./forwarding/due/choose-channel.js";
import type { Forwarding } from "./forwarding/forwarding.js";
import { readForwardings } from "./forwarding/read-forwarding.js";
import { readWhenAway } from "./forwarding/read-when-away.js";
import type { WhenAway } from "./forwarding/when-away.js";
import { InboundOriginal } from "./inbound/inbound-original.entity.js";
import {
  type MessageSender,
  originalColumns,
  readOriginalsOfMessages,
  readSenders,
} from "./inbound/read-message-origins.js";
import type { MaybePromise } from "./maybe-promise.js";
import type { Services } from "./services.js";
import { Visitor } from "./visitors/visitor.entity.js";

/** A DataLoader that is created on first use: every operation has all loaders, but uses one or two. */
class LazyLoader<Value> {
  readonly #loadAll: (keys: readonly string[]) => Promise<Value[]>;
  #loader: DataLoader<string, Value> | null = null;

  constructor(loadAll: (keys: readonly string[]) => Promise<Value[]>) {
    this.#loadAll = loadAll;
  }

  load(key: string): Promise<Value> {
    this.#loader ??= new DataLoader(this.#loadAll);
    return this.#loader.load(key);
  }
}

/** Loads rows by id: those requested in one tick with one statement, each at most once. */
class RowLoader<Row extends { readonly id: string }> {
  readonly #known = new Map<string, Row>();
  readonly #loader: LazyLoader<Row | null>;

  constructor(database: Database, statement: Statement, create: () => Row) {
    this.#loader = new LazyLoader(async (ids) => {
      const rows = await database.query<Row & { readonly requestedId?: string }>(statement, [ids]);
      const byId = new Map(
        rows.map(({ requestedId, ...row }) => [requestedId ?? row.id, Object.assign(create(), row)]),
      );
      return ids.map((id) => byId.get(id) ?? null);
    });
  }

  /** Null when there is no such row. */
  load(id: string): MaybePromise<Row | null> {
    return this.#known.get(id) ?? this.#loader.load(id);
  }

  /** Caches a row that the caller has read anyway. */
  prime(row: Row): void {
    this.#known.set(row.id, row);
  }
}

/** Loads the rows that belong to an id, in the statement's order. */
function listLoader<Row extends object>(
  database: Database,
  statement: Statement,
  create: () => Row,
): LazyLoader<Row[]> {
  return new LazyLoader(async (ids) => {
    const lists = new Map<string, Row[]>(ids.map((id) => [id, []]));
    for (const { ownerId, ...row } of await database.query<Row & { readonly ownerId: string }>(statement, [ids])) {
      lists.get(ownerId)?.push(Object.assign(create(), row));
    }
    return ids.map((id) => lists.get(id) ?? []);
  });
}

/** The rows that one operation, or one event, needs: all its resolvers see the same rows. */
export class Loaders {
  readonly visitor: RowLoader<Visitor>;
  readonly agent: RowLoader<Agent>;
  readonly conversation: RowLoader<ShownConversation>;
  readonly message: RowLoader<Message>;
  readonly delivery: RowLoader<Delivery>;
  /** Without its content. */
  readonly inboundEmail: RowLoader<InboundOriginal>;
  /** The deliveries that carried a message, oldest first, by its id. */
  readonly deliveriesOfMessage: LazyLoader<Delivery[]>;
  /** The replies that a delivery carries, in their order, by its id. */
  readonly messagesOfDelivery: LazyLoader<Message[]>;
  /** The sender of a message from a channel where senders can be forged, by the message's id. */
  readonly senderOfMessage: LazyLoader<MessageSender | null>;
  /** The original that a message was extracted from, without its content, by the message's id. */
  readonly originalOfMessage: LazyLoader<InboundOriginal | null>;
  /** When the visitor of a conversation last wrote through its own channel, by the conversation's id; null if never. */
  readonly lastInbound: LazyLoader<Date | null>;
  /** How many messages would go along with a forwarding's replies, by its `ContextRange` as JSON. */
  readonly contextMessages: LazyLoader<number>;
  /** When a channel last received a message, by its id; null if never. */
  readonly lastReceived: LazyLoader<Date | null>;
  readonly #messageIdAt: LazyLoader<string | null>;
  #forwarding: LazyLoader<Forwarding> | null = null;
  #suppression: LazyLoader<SuppressedAddress | null> | null = null;
  #whenAway: LazyLoader<WhenAway | null> | null = null;
  #channelHealth: Promise<ReadonlyMap<string, ChannelHealthState>> | null = null;
  #channelStats: Promise<ReadonlyMap<string, ChannelStats>> | null = null;

  constructor(private readonly database: Database) {
    this.visitor = new RowLoader(database, visitorsStatement, () => new Visitor());
    this.agent = new RowLoader(database, agentsStatement, () => new Agent());
    this.conversation = new RowLoader(database, conversationsStatement, () => new Conversation());
    this.message = new RowLoader(database, messagesStatement, () => new Message());
    this.delivery = new RowLoader(database, deliveriesStatement, () => new Delivery());
    this.inboundEmail = new RowLoader(database, originalsStatement, () => new InboundOriginal());
    this.deliveriesOfMessage = listLoader(database, deliveriesOfMessagesStatement, () => new Delivery());
    this.messagesOfDelivery = listLoader(database, messagesOfDeliveriesStatement, () => new Message());
    this.senderOfMessage = new LazyLoader((ids) => readSenders(database, ids));
    this.originalOfMessage = new LazyLoader((ids) => readOriginalsOfMessages(database, ids));
    this.lastInbound = new LazyLoader((ids) => readLastInbound(database, ids));
    this.lastReceived = new LazyLoader((ids) => readLastReceived(database, ids));
    this.contextMessages = new LazyLoader((ranges) => countContexts(database, ranges));
    this.#messageIdAt = new LazyLoader((positions) => findMessageIds(database, positions));
  }

  /** The id of a conversation's message by its position; null when it does not exist, as for position 0. */
  messageIdAt(conversationId: string, position: number): Promise<string | null> {
    return this.#messageIdAt.load(`${conversationId}:${position}`);
  }

  /** Why nothing is sent to an address; null if it is not suppressed. */
  suppression({ channel, address }: Pick<ChosenAddress, "channel" | "address">): Promise<SuppressedAddress | null> {
    this.#suppression ??= new LazyLoader((keys) => readSuppressions(this.database, keys));
    return this.#suppression.load(JSON.stringify([channel, address]));
  }

  /** What happens next to a conversation's replies; batched for lists of conversations. */
  forwarding(services: Services, conversationId: string): Promise<Forwarding> {
    this.#forwarding ??= new LazyLoader((ids) => readForwardings(services, ids));
    return this.#forwarding.load(conversationId);
  }

  /**
   * What a visitor may be promised, about all their conversations or one of them; null if that is not theirs. Both ids are
   * UUIDs.
   */
  whenAway(services: Services, visitorId: string, conversationId: string | null): Promise<WhenAway | null> {
    this.#whenAway ??= new LazyLoader((asked) => readWhenAway(services, asked));
    return this.#whenAway.load(conversationId === null ? visitorId : `${visitorId}:${conversationId}`);
  }

  /** The current health of every installed channel by id, including pauses by other processes. */
  channelHealth(services: Services): Promise<ReadonlyMap<string, ChannelHealthState>> {
    this.#channelHealth ??= readChannelHealth(services);
    return this.#channelHealth;
  }

  /** The queue and the last failure of every channel, by id. */
  channelStats(): Promise<ReadonlyMap<string, ChannelStats>> {
    this.#channelStats ??= readChannelStats(this.database);
    return this.#channelStats;
  }
}

async function findMessageIds(database: Database, positions: readonly string[]): Promise<(string | null)[]> {
  const parts = positions.map((position) => position.split(":"));
  const rows = await database.query<{ id: string; conversationId: string; position: number }>(messageIdsStatement, [
    parts.map(([conversationId]) => conversationId),
    parts.map(([, position]) => Number(position)),
  ]);
  const ids = new Map(rows.map((row) => [`${row.conversationId}:${row.position}`, row.id]));
  return positions.map((position) => ids.get(position) ?? null);
}

const visitorsStatement: Statement = {
  name: "load-visitors",
  // Aliases are resolved to the visitor they were merged into.
  text: `SELECT requested.id AS requested_id, visitor.* FROM visitors AS requested
    JOIN visitors AS visitor ON visitor.id = coalesce(requested.alias_of, requested.id) WHERE requested.id = ANY ($1::uuid[])`,
};

const agentsStatement: Statement = {
  name: "load-agents",
  // All columns except the password hash.
  text: `SELECT id, name, email, role, availability, connected, dropped_at, offline_at, created_at, removed_at
    FROM agents WHERE id = ANY ($1::uuid[])`,
};

const conversationsStatement: Statement = {
  name: "load-conversations",
  text: "SELECT * FROM conversations WHERE id = ANY ($1::uuid[])",
};

const messagesStatement: Statement = {
  name: "load-messages",
  text: "SELECT * FROM messages WHERE id = ANY ($1::uuid[])",
};

const deliveriesStatement: Statement = {
  name: "load-deliveries",
  text: "SELECT * FROM deliveries WHERE id = ANY ($1::uuid[])",
};

const originalsStatement: Statement = {
  name: "load-originals",
  text: `SELECT ${originalColumns} FROM inbound_originals WHERE id = ANY ($1::uuid[])`,
};

const deliveriesOfMessagesStatement: Statement = {
  name: "load-deliveries-of-messages",
  text: `SELECT carried.message_id AS owner_id, deliveries.* FROM (
      SELECT message_id, delivery_id FROM delivery_messages WHERE message_id = ANY ($1::uuid[])
      UNION SELECT message_id, id FROM deliveries WHERE message_id = ANY ($1::uuid[]) AND kind = 'DIRECT') AS carried
    JOIN deliveries ON deliveries.id = carried.delivery_id ORDER BY deliveries.created_at, deliveries.id`,
};

const messagesOfDeliveriesStatement: Statement = {
  name: "load-messages-of-deliveries",
  text: `SELECT carried.delivery_id AS owner_id, messages.* FROM (
      SELECT delivery_id, message_id FROM delivery_messages WHERE delivery_id = ANY ($1::uuid[])
      UNION SELECT id, message_id FROM deliveries WHERE id = ANY ($1::uuid[]) AND kind = 'DIRECT') AS carried
    JOIN messages ON messages.id = carried.message_id ORDER BY messages.position`,
};

const messageIdsStatement: Statement = {
  name: "find-message-ids",
  text: `SELECT messages.id, messages.conversation_id, messages.position
    FROM unnest($1::uuid[], $2::integer[]) AS requested (conversation_id, position)
    JOIN messages ON messages.conversation_id = requested.conversation_id AND messages.position = requested.position`,
};
