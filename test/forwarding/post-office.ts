import { v7 } from "uuid";
import { z } from "zod";
import { openAttachmentStorage } from "../../src/attachments/attachment-storage.js";
import { createChannelHost } from "../../src/channel-host.js";
import type { ChannelPlugin, DeliveryResult, Outbound, Supports } from "../../src/channels/channel.js";
import { ChannelRegistry } from "../../src/channels/channel-registry.js";
import { connectChannels } from "../../src/channels/connect-channels.js";
import { syncChannels } from "../../src/channels/sync-channels.js";
import { Clock } from "../../src/clock.js";
import { readConfig } from "../../src/config.js";
import { sendMessage } from "../../src/conversations/send-message.js";
import { Events } from "../../src/events/events.js";
import { DeliveryWorker } from "../../src/forwarding/deliveries/delivery-worker.js";
import { planDueDeliveries } from "../../src/forwarding/deliveries/plan-deliveries.js";
import { deferredReports } from "../../src/inbound/deferred-reports.js";
import { createLogger } from "../../src/logger.js";
import { openDatabase } from "../../src/orm.js";
import { PresenceTracker } from "../../src/presence/presence-tracker.js";
import type { Services } from "../../src/services.js";
import { SessionCache } from "../../src/sessions/session-cache.js";
import type { AgentViewer, VisitorViewer } from "../../src/viewer.js";
import { AgentRole } from "../../src/viewer.js";
import { createMigratedDatabase } from "../support/migrated-database.js";

/** A clock that stands still between two advances, so that a test can say every moment exactly. */
class StillClock extends Clock {
  #nowMs = Date.UTC(2026, 2, 2, 10);

  override now(): Date {
    return new Date(this.#nowMs);
  }

  override synchronize(): void {}

  override advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }
}

type Answer = (outbound: Outbound, signal: AbortSignal) => Promise<DeliveryResult>;

let accepted = 0;
export const accept: Answer = async () => ({ outcome: "accepted", externalIds: [`accepted-${accepted++}`] });

/** A channel that keeps what it is handed and answers what the test says. */
export class StubChannel {
  readonly received: Outbound[] = [];
  answer: Answer = accept;
  readonly plugin: ChannelPlugin<unknown, string>;

  constructor(id: string, policy: ChannelPlugin["policy"], idempotentSend: "idempotent" | "not idempotent") {
    const supports: Supports = {
      replies: true,
      receipts: true,
      idempotentSend: idempotentSend === "idempotent",
      maxTextLength: null,
      replyWindowHours: null,
    };
    this.plugin = {
      id,
      name: id,
      policy,
      supports,
      address: z.string(),
      configure: () => ({}),
      describeAddress: (address) => address,
      connect: async () => ({
        deliver: async (outbound, signal) => {
          this.received.push(outbound);
          return this.answer(outbound, signal);
        },
        checkHealth: async () => ({ ok: true }),
        close: async () => {},
      }),
    };
  }

  /** Forgets what it was handed, and accepts everything from now on. */
  clear(): void {
    this.received.length = 0;
    this.answer = accept;
  }

  /** The texts of the replies that it was handed, a list for each attempt. */
  get replies(): string[][] {
    return this.received.map((outbound) =>
      outbound.messages.filter((message) => message.role === "pending").map((message) => message.text),
    );
  }
}

/** One process of the program without its server, on a database of its own, with a clock that stands still. */
export class PostOffice {
  readonly clock = new StillClock();
  readonly agent: AgentViewer = agentNumber(1);
  #statements = 0;

  private constructor(
    readonly services: Services,
    readonly worker: DeliveryWorker,
    readonly url: string,
    private readonly close: () => Promise<void>,
  ) {}

  static async open(channels: readonly StubChannel[]): Promise<PostOffice> {
    const database = await createMigratedDatabase();
    try {
      return await PostOffice.join(database.url, channels, () => database.drop());
    } catch (error) {
      await database.drop();
      throw error;
    }
  }

  /** Another process on the same database. */
  static async join(
    url: string,
    channels: readonly StubChannel[],
    afterwards: () => Promise<void> = async () => {},
  ): Promise<PostOffice> {
    const clock = new StillClock();
    const logger = createLogger("silent");
    const events = new Events();
    const database = await openDatabase(url, 8, (event) => events.publish(event));
    const config = {
      ...readConfig({}),
      publicUrl: "http://localhost:4000",
      websiteUrl: "http://localhost:4000",
      appSecrets: ["a secret of 32 characters, at least"],
    };
    const sessions = new SessionCache({ database, clock, events, appSecrets: config.appSecrets });
    const presence = new PresenceTracker({ database, clock, events, logger });
    const registry = new ChannelRegistry(
      channels.map((channel) => ({ plugin: channel.plugin, config: {} })),
      logger,
      (plugin) => createChannelHost(services, plugin),
    );
    const attachments = await openAttachmentStorage(config.dataDirectory, null);
    const services: Services = {
      config,
      clock,
      database,
      events,
      channels: registry,
      presence,
      sessions,
      attachments,
      logger,
    };
    const worker = new DeliveryWorker(services, deferredReports(services));
    const office = new PostOffice(services, worker, url, async () => {
      await worker.stop(0);
      await presence.stop();
      await registry.close();
      sessions.close();
      await database.close();
      await afterwards();
    });
    Object.assign(office, { clock });
    await syncChannels(services);
    await connectChannels(services);
    await presence.start();
    await office.sql("UPDATE contact_form SET when_online = 'OFF', when_offline = 'OFF'");
    await office.hire(office.agent);
    // The count of connections has begun: a heartbeat later presence may be judged.
    clock.advance(10_000);
    await presence.sendHeartbeat();
    return office;
  }

  /** Forgets all visitors and what was about them, and takes the preference back to what it was. */
  async clear(): Promise<void> {
    // Quicker than TRUNCATE, which makes new files for every table and index.
    await this.sql(`DO $$ BEGIN
      DELETE FROM delivery_messages; DELETE FROM deliveries; DELETE FROM messages; DELETE FROM channel_store;
      DELETE FROM sessions; DELETE FROM conversations; DELETE FROM visitors; DELETE FROM connections;
      DELETE FROM channel_states; DELETE FROM address_states; DELETE FROM inbound_events;
    END $$`);
    await this.sql(
      "UPDATE agents SET availability = 'ONLINE', connected = false, dropped_at = NULL, offline_at = NULL",
    );
    await this.sql(
      `UPDATE forwarding_preference SET mode = 'UNREAD_REPLIES', mode_since = $1, visitor_left_delay_seconds = 300,
        inactivity_delay_seconds = 1800, settle_seconds = 30`,
      this.clock.now(),
    );
  }

  async hire(viewer: AgentViewer): Promise<void> {
    await this.sql(
      `INSERT INTO agents (id, name, email, role, password_hash, created_at) VALUES ($1, 'Ben', $2, $3, '-', $4)
        ON CONFLICT DO NOTHING`,
      viewer.agentId,
      `${viewer.agentId}@example.com`,
      viewer.role,
      this.clock.now(),
    );
  }

  sql<Row>(text: string, ...parameters: readonly unknown[]): Promise<Row[]> {
    return this.services.database.query({ name: `test-${this.#statements++}`, text }, parameters);
  }

  /** A visitor without presence, whose addresses are told by channel. */
  async visitor(addresses: Readonly<Record<string, string>> = {}): Promise<VisitorViewer> {
    const visitorId = v7();
    await this.sql(
      "INSERT INTO visitors (id, addresses, created_at) VALUES ($1, $2::jsonb, $3)",
      visitorId,
      JSON.stringify(Object.fromEntries(Object.entries(addresses).map(([id, at]) => [id, { address: at, shown: at }]))),
      this.clock.now(),
    );
    return { kind: "visitor", sessionId: v7(), visitorId, guestOf: null };
  }

  async conversation(viewer: VisitorViewer, channel = "web"): Promise<string> {
    const id = v7();
    await this.sql(
      "INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) VALUES ($1, $2, $3, $4, $4)",
      id,
      viewer.visitorId,
      channel,
      this.clock.now(),
    );
    return id;
  }

  /** A reply by the agent; returns its message's id. */
  async reply(conversationId: string, text: string): Promise<string> {
    return (await sendMessage(this.services, this.agent, { conversationId, text })).id;
  }

  /** Time passes; this process lives on. */
  async pass(seconds: number): Promise<void> {
    await this.services.presence.flush();
    this.clock.advance(seconds * 1000);
    await this.services.presence.sendHeartbeat();
  }

  /** The due check, then the worker. */
  async work(): Promise<void> {
    await planDueDeliveries(this.services);
    await this.worker.work();
  }

  /** The deliveries of a conversation, oldest first. */
  deliveries(conversationId: string): Promise<DeliveryRow[]> {
    return this.sql<DeliveryRow>(
      `SELECT delivery.*, (SELECT array_agg(position ORDER BY position) FROM delivery_messages
          WHERE delivery_messages.delivery_id = delivery.id) AS carried
        FROM deliveries AS delivery WHERE conversation_id = $1 ORDER BY id`,
      conversationId,
    );
  }

  async stop(): Promise<void> {
    await this.close();
  }
}

export interface DeliveryRow {
  readonly id: string;
  readonly status: string;
  readonly reference: string;
  readonly trigger: string;
  readonly kind: string;
  readonly address: string;
  readonly carried: readonly number[] | null;
  readonly dueAt: Date;
  readonly nextAttemptAt: Date | null;
  readonly attempts: number;
  readonly failureCode: string | null;
  readonly frozenAt: Date | null;
  readonly externalIds: readonly string[];
}

/** An agent by number: the same number is the same agent. */
export function agentNumber(number: number): AgentViewer {
  const agentId = `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
  return { kind: "agent", sessionId: agentId, agentId, role: AgentRole.ADMIN };
}
